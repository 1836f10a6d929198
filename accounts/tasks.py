from django.tasks import task

from accounts import actions


@task()
def forget_unverified() -> int:
    return actions.forget_unverified()
