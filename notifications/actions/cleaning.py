from notifications.models import Bounce, Mail, Notification


def forget_old() -> int:
    """Delete notifications, mails and bounces that are not kept any longer; returns how many rows."""
    return sum(model.objects.filter(model.too_old()).delete()[0] for model in (Notification, Mail, Bounce))
