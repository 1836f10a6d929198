"""Wrong passwords for one account: after every fifth in a row the next try has to wait, longer each time.

Only the password is slowed down. A code by e-mail or a passkey works at any time, so nobody can keep
somebody else out by typing wrong passwords. After 100 in a row the password is of no use until its
owner has signed in another way or set a new one.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts.models import FailedSignIn, User
from common.encryption import fingerprint

IN_A_ROW = 5
FIRST_WAIT_MINUTES, LONGEST_WAIT_MINUTES = 5, 60
AT_MOST = 100
FORGOTTEN_AFTER = timedelta(days=30)


def typed_key(login: str) -> str:
    """The key of a name as it was typed. What a visitor is told depends on this one alone, so that the answers
    for a username never tell which address belongs to it."""
    return fingerprint("sign-in", f"typed:{login.casefold()}")


def account_key(login: str) -> str:
    """One key for all the names of an account; an unknown name has one as well, so that no difference shows."""
    owned = Q(username__iexact=login) | Q(
        pk__in=EmailAddress.objects.filter(email__iexact=login, verified=True).values("user")
    )
    user = User.objects.filter(owned).order_by("pk").only("pk").first()
    return user_key(user.pk) if user else fingerprint("sign-in", f"unknown:{login.casefold()}")


def user_key(pk: int) -> str:
    return fingerprint("sign-in", f"user:{pk}")


def again_key(pk: int) -> str:
    """For the password that a person who is signed in types again."""
    return fingerprint("sign-in", f"again:{pk}")


def code_key(pk: int) -> str:
    """For the codes of a second factor."""
    return fingerprint("sign-in", f"code:{pk}")


def spend_try(key: str) -> bool:
    """Count a try before its password is looked at; False when it has to wait. Exact, however many come at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_failedsignin AS f (key, count, last_at) VALUES (%(key)s, 1, now())
            ON CONFLICT (key) DO UPDATE SET count = f.count + 1, last_at = now(),
                waits_until = CASE WHEN (f.count + 1) %% %(row)s = 0
                    THEN now() + interval '1 minute'
                        * least(%(longest)s, %(first)s * power(2, (f.count + 1) / %(row)s - 1))
                    ELSE f.waits_until END
            WHERE (f.waits_until IS NULL OR f.waits_until <= now()) AND f.count < %(most)s
            """,
            {
                "key": key,
                "row": IN_A_ROW,
                "first": FIRST_WAIT_MINUTES,
                "longest": LONGEST_WAIT_MINUTES,
                "most": AT_MOST,
            },
        )
        return bool(cursor.rowcount == 1)


def forgive(user: User) -> None:
    """Start counting anew: the owner has signed in or set a new password."""
    addresses = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    names = [typed_key(name) for name in {user.username, user.email, *addresses} if name]
    forgive_keys(user_key(user.pk), again_key(user.pk), code_key(user.pk), *names)


def forgive_keys(*keys: str) -> None:
    FailedSignIn.objects.filter(key__in=keys).delete()


def forget_old() -> int:
    """Drop what nobody has added to for 30 days; returns how many."""
    return FailedSignIn.objects.filter(last_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()[0]
