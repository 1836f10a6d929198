from django.tasks import task

from forum import actions


@task()
def forget_drafts() -> int:
    return actions.forget_drafts()
