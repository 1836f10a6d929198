from datetime import timedelta

import structlog
from django.conf import settings
from django.tasks import task
from django.utils import timezone

logger = structlog.get_logger(__name__)

# The actions enqueue these, so what they need is imported where it runs.


@task()
def spread_news() -> int:
    """Tell followers of new replies. It runs after each reply, and every minute for what a lost task left."""
    from notifications import actions

    told = actions.spread_news()
    if told:
        soon = timezone.now() + timedelta(seconds=settings.MAIL_HOLD_SECONDS + 1)
        mail.using(run_after=soon).enqueue()
    return told


@task()
def mail() -> int:
    """Make the mails that are due and send them. It runs when there is something, and every minute."""
    from notifications import actions

    actions.make_mails()
    return actions.send_mails()


@task()
def summaries() -> int:
    """Make what goes out in the morning, where it is morning now, and remind askers whom nobody has answered."""
    from notifications import actions

    made = actions.make_summaries() + actions.remind_askers()
    if made:
        mail.enqueue()
    return made


@task()
def forget_old() -> int:
    from notifications import actions

    return actions.forget_old()


@task()
def read_bounces() -> int:
    """Take in what came back to the mailbox; returns how many messages. One that is away is tried again later."""
    from notifications import actions
    from notifications.mailboxes import MailboxAway

    taken = 0
    try:
        for _what, _done in actions.read_bounces():
            taken += 1
    except MailboxAway as error:
        logger.warning("bounce mailbox away", error=str(error))
    return taken
