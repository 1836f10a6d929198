from datetime import timedelta

from django.conf import settings
from django.tasks import task
from django.utils import timezone

# The actions enqueue these, so what they need is imported where it runs.


@task()
def alert_on_call(case: int) -> int:
    """Mail those on call that somebody seems to be in a crisis; how many."""
    from moderation import mail

    return mail.alert_on_call(case)


@task()
def send_receipt(report: int) -> None:
    from moderation import mail

    mail.send_receipt(report)


@task()
def tell_reporter(report: int) -> None:
    from moderation import mail

    mail.tell_reporter(report)


@task()
def tell_author(decision: int) -> None:
    from moderation import mail

    mail.tell_author(decision)


@task()
def forget_old() -> int:
    """Decisions and closed cases after the time that the site keeps them."""
    from moderation import statistics

    return statistics.forget_old(timezone.now() - timedelta(days=settings.DECISIONS_KEPT_DAYS))
