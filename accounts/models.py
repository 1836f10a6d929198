import re
import secrets
import unicodedata
from datetime import UTC, datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now, Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.reading import TEXT_SIZES, THEMES
from common.shown import Versioned
from common.text import visible

USERNAME_VALIDATORS = [
    RegexValidator(
        r"\A[A-Za-z0-9][A-Za-z0-9_.-]{1,29}\Z",
        _("Use 2 to 30 letters, digits, dots, dashes or underscores, and start with a letter or digit."),
        code="username_form",
    )
]
BIO_LIMIT = 500
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
PASSWORD_ALONE = 15  # characters a password needs where it is the only factor (NIST SP 800-63B-4)
USERNAME_IN_ADDRESS = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


def avatar_name(user: "User", filename: str) -> str:
    """A random name: neither the person's nor the file's own."""
    return f"avatars/{secrets.token_hex(16)}.webp"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """A saved member; without a password nobody can sign in with one."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)


class UserQuerySet(models.QuerySet["User"]):
    def with_public_profile(self) -> Self:
        """People whose page anyone may open."""
        return self.filter(is_active=True)

    def blocked_by(self, user: "User") -> Self:
        """The people whom `user` has blocked; nobody but `user` may learn of it."""
        return self.filter(pk__in=Block.objects.filter(user=user).values("blocked"))

    def with_block_by(self, user: Any) -> Self:
        """Each with `is_blocked`: whether `user` has blocked them. Costs nothing for visitors."""
        if not user.is_authenticated:
            return self
        return self.annotate(is_blocked=Exists(Block.objects.of(OuterRef("pk"), by=user)))


class User(AbstractBaseUser, PermissionsMixin, Versioned):
    """A person: member, medical professional, moderator, or the placeholder for an imported author."""

    class Kind(models.TextChoices):
        MEMBER = "member", _("Member")
        IMPORTED = "imported", _("imported author (cannot sign in)")
        DEMO = "demo", _("demo sign-in (works in demo mode only)")

    username = models.CharField(max_length=64, unique=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    display_name = models.CharField(max_length=100, blank=True, help_text=_("Shown instead of the username."))
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MEMBER, db_default=Kind.MEMBER)
    is_medical_professional = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("The badge. Written only by the actions that check credentials."),
    )
    professional_title = models.CharField(
        max_length=80, blank=True, editable=False, help_text=_("Shown in the badge, for example “Dermatologist”.")
    )
    professional_specialty = models.CharField(max_length=60, blank=True, default="", db_default="", editable=False)
    verified_on = models.DateField(_("badge checked on"), null=True, blank=True, editable=False)
    was_medical_professional = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("The badge ran out: answers given with it keep “verified when answered”."),
    )
    bio = models.CharField(max_length=BIO_LIMIT, blank=True, default="", db_default="")
    avatar = models.FileField(upload_to=avatar_name, max_length=100, blank=True, default="", db_default="")
    text_size = models.CharField(
        max_length=10, blank=True, default="", db_default="", choices=[(size, size) for size in TEXT_SIZES]
    )
    theme = models.CharField(
        max_length=10, blank=True, default="", db_default="", choices=[(theme, theme) for theme in THEMES]
    )
    is_staff = models.BooleanField(
        _("moderator"), default=False, help_text=_("May use this admin and see hidden posts.")
    )
    is_active = models.BooleanField(default=True, help_text=_("Untick instead of deleting an account."))
    date_joined = models.DateTimeField(db_default=Now(), editable=False)

    has_short_password = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Too short to be the only factor, so the last second factor stays."),
    )

    # What moderators have decided about the person; written by the actions of moderation only.
    trust_lost_until = models.DateTimeField(null=True, blank=True, editable=False)
    read_only_until = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("The end of time for somebody who is banned.")
    )
    is_on_call = models.BooleanField(
        _("on call"),
        default=False,
        db_default=False,
        help_text=_("Gets a mail at once when somebody seems to be in a crisis. Nobody on call: all moderators do."),
    )

    owes_second_factor = False  # set for a request by accounts.middleware.second_factor
    previous_login: datetime | None = None  # set by accounts.adapter: the sign-in before the one that is just beginning
    is_blocked = False  # set by with_block_by: whether the reader has blocked this person

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]
    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        constraints = [
            # Upper, not Lower: it is what Django's iexact look-ups ask for, so these indexes serve them.
            models.UniqueConstraint(
                Upper("username"), name="user_username_unique", violation_error_message=_("This username is taken.")
            ),
            models.UniqueConstraint(
                Upper("email"),
                condition=~models.Q(email=""),
                name="user_email_unique",
                violation_error_message=_("This e-mail address is in use."),
            ),
            models.CheckConstraint(
                condition=models.Q(username__regex=rf"^{USERNAME_IN_ADDRESS}$"), name="user_username_form"
            ),
            models.CheckConstraint(
                condition=models.Q(is_medical_professional=False) | ~models.Q(professional_title=""),
                name="user_badge_has_title",
            ),
            models.CheckConstraint(
                condition=models.Q(is_medical_professional=False) | models.Q(was_medical_professional=False),
                name="user_badge_is_now_or_was",
            ),
        ]
        indexes = [
            models.Index(Upper("display_name"), name="user_display_name"),  # for the admin's search
            models.Index("date_joined", name="user_joined"),
            models.Index("username", condition=models.Q(is_staff=True), name="user_staff"),
        ]

    def __str__(self) -> str:
        return self.username

    def get_absolute_url(self) -> str:
        return reverse("forum:person", args=[self.username])

    @property
    def name(self) -> str:
        """What other people read."""
        return self.display_name or self.username

    def set_password(self, raw_password: str | None) -> None:
        """One form of Unicode, so that a password typed on another keyboard is the same."""
        password = raw_password and unicodedata.normalize("NFC", raw_password)
        self.has_short_password = password is not None and len(password) < PASSWORD_ALONE
        super().set_password(password)

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and unicodedata.normalize("NFC", raw_password))

    @property
    def is_moderator(self) -> bool:
        return self.is_active and self.is_staff and not self.owes_second_factor and not self.is_suspended

    @property
    def is_suspended(self) -> bool:
        """Whether the person may do nothing here for now but read decisions and answer them."""
        return self.suspended_until is not None and self.suspended_until > timezone.now()

    @property
    def is_banned(self) -> bool:
        return self.suspended_until is not None and self.suspended_until.year == FOREVER.year

    @property
    def may_write(self) -> bool:
        """Whether moderators let the person post now."""
        return not self.is_suspended and not (self.read_only_until and self.read_only_until > timezone.now())

    @property
    def is_plain_member(self) -> bool:
        """Whether pages show this person nothing that they do not show to any member."""
        return self.may_write and not (self.is_staff or self.is_superuser or self.is_medical_professional)

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def avatar_url(self) -> str:
        """The address of the uploaded picture, or nothing."""
        return reverse("avatar", args=[str(self.avatar.name)[8:-5]]) if self.avatar else ""  # avatars/….webp

    @property
    def colour(self) -> int:
        """One of eight colours for the generated avatar, always the same for the same person."""
        return self.pk % 8 if self.pk else 0


# Words that would lend a name a standing it does not have; compared by their letters only.
STANDINGS = (
    "medicalprofessional", "verified", "moderator", "administrator", "anonymous", "formermember", "bedsideteam",
    "bedsidestaff", "officialaccount",
)  # fmt: skip
WHOLE_STANDINGS = ("admin", "staff", "support", "team", "system", "mod")
MARKS = "✓✔☑✅🗸⚕🩺"
# Letters of other scripts that look like ours.
LOOK_ALIKES = str.maketrans("аеорсхуіјѕԁһӏмтвнкαενορτυχικ", "aeopcxyijsdhlmtbhkaevoptuxik")


def plain_letters(name: str) -> str:
    """The letters of a name as a reader takes them: without accents, fillers, capitals and look-alikes."""
    bare = unicodedata.normalize("NFKD", visible(name)).casefold()
    return "".join(filter(str.isalnum, bare)).translate(LOOK_ALIKES)


def claims_standing(name: str, *, only: tuple[str, ...] = ()) -> bool:
    """Whether a name says, in whatever spelling, that its owner is more than a member."""
    letters = plain_letters(name)
    if only:
        return any(word in letters for word in only)
    has_mark = any(mark in name for mark in MARKS)
    return has_mark or letters in WHOLE_STANDINGS or any(word in letters for word in STANDINGS)


def initials(name: str) -> str:
    """One or two letters for a generated avatar, without titles: 'Dr Hannah Okafor' gives HO."""
    words = [word for word in re.split(r"[\s_.-]+", name) if word and word.lower() not in ("dr", "prof", "the")]
    letters = [word[0] for word in words]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"


class ActivityLimit(models.Model):
    """How often one person did one thing lately; see accounts.limits, its only user."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    activity = models.CharField(max_length=30)
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "activity"], name="activity_limit_once")]

    def __str__(self) -> str:
        return f"{self.activity}: {self.count} on {self.day}"


class Consent(models.Model):
    """What a person agreed to, in which version of its text (accounts.consents), and when."""

    class Kind(models.TextChoices):
        HEALTH_DATA = "health_data", _("health information")
        AGE = "age", _("minimum age")
        VERIFICATION = "verification", _("checking of a registration")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind)
    version = models.CharField(max_length=10)
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-given_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "version"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"


class FailedSignIn(models.Model):
    """Wrong passwords for one account in a row; see accounts.sign_in_limits, its only user."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    waits_until = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} in a row"


class KnownDevice(models.Model):
    """A browser and a system that an account was signed in to with; see accounts.devices, its only user."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)  # see the constraint
    fingerprint = models.CharField(max_length=64)
    last_seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "fingerprint"], name="known_device_once")]
        indexes = [models.Index("last_seen_at", name="known_device_old")]

    def __str__(self) -> str:
        return f"device {self.pk}"


class BlockQuerySet(models.QuerySet["Block"]):
    def of(self, person: "User | OuterRef", *, by: "User") -> Self:
        """The block of `person` by `by`, if there is one."""
        return self.filter(user=by, blocked=person)

    def has_blocked(self, user: "User", author: "User") -> bool:
        """Whether `user` wants to see nothing by `author`: no posts, and no notifications of them.

        Ask it only about what shows the author's name. If a block kept an anonymous question or reply
        away, its absence would tell who wrote it.
        """
        return self.of(author, by=user).exists()


class Block(models.Model):
    """`user` does not want to see what `blocked` writes. The other one never learns of it, nor does anybody else."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)  # see the constraint
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(user=F("blocked")), name="block_of_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"
