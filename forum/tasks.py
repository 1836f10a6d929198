from django.tasks import task

from forum import actions


@task()
def reopen_questions() -> int:
    """Open the questions that were closed until now."""
    return actions.reopen_due()


@task()
def forget_drafts() -> int:
    return actions.forget_drafts()
