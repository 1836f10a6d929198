from django.tasks import task

from accounts import actions, sign_in_limits


@task()
def forget_unverified() -> int:
    return actions.forget_unverified()


@task()
def forget_sign_ins() -> int:
    """Counts of wrong passwords after 30 days, and what was noted about sessions that have ended."""
    return sign_in_limits.forget_old() + actions.forget_ended_sessions()
