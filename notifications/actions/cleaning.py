from notifications.models import Bounce, Mail, Notification

BATCH = 5000


def forget_old() -> int:
    """Delete notifications, mails and bounces that are not kept any longer, some thousands at a time; returns how many.

    Mails come after the rows that name them: fewer of those are left to change.
    """
    forgotten = 0
    for model, age in ((Notification, "created_at"), (Bounce, "created_at"), (Mail, "made_at")):
        old = model._default_manager.filter(model.too_old()).order_by(age, "pk")
        while keys := list(old.values_list("pk", flat=True)[:BATCH]):
            forgotten += model._default_manager.filter(pk__in=keys).delete()[0]
    return forgotten
