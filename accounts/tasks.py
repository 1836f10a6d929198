from datetime import datetime

from django.tasks import task

from accounts import actions, sign_in_limits

# The modules that enqueue these need this one, so what it needs is imported where it runs.


@task()
def forget_unverified() -> int:
    return actions.forget_unverified()


@task()
def forget_sign_ins() -> int:
    """Counts of wrong passwords after 30 days, and what was noted about sessions that have ended."""
    return sign_in_limits.forget_old() + actions.forget_ended_sessions()


@task()
def tell_of_sign_in(user: int, at: str, device: str) -> None:
    """Mail about a sign-in with a device that is new to the account. A mail server that is away is tried again."""
    from accounts import mail

    mail.tell_of_sign_in(user, datetime.fromisoformat(at), device)


@task()
def send_again(sealed: str) -> None:
    from accounts import mail

    mail.send_again(sealed)


@task()
def forget_devices() -> int:
    from accounts import devices

    return devices.forget_old()
