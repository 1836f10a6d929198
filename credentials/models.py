import json
import secrets
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.professions import PROFESSIONS, SPECIALTIES
from common.encryption import EncryptedTextField, fingerprint
from credentials.registers import ORCID, REGISTERS, Register

COUNTRIES: dict[str, str] = json.loads((Path(__file__).parent / "data/countries.json").read_text())


class State(models.TextChoices):
    DRAFT = "draft", _("not sent yet")
    SUBMITTED = "submitted", _("waiting for review")
    NEEDS_INFORMATION = "needs_information", _("more information needed")
    APPROVED = "approved", _("verified")
    REJECTED = "rejected", _("not accepted")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("run out")
    SUSPENDED = "suspended", _("paused")
    REVOKED = "revoked", _("taken away")


# The whole life of a credential. The database holds the same table (trigger credential_lifecycle).
TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.DRAFT: (State.SUBMITTED, State.WITHDRAWN),
    State.SUBMITTED: (State.NEEDS_INFORMATION, State.APPROVED, State.REJECTED, State.DRAFT, State.WITHDRAWN),
    State.NEEDS_INFORMATION: (State.SUBMITTED, State.REJECTED, State.DRAFT, State.WITHDRAWN),
    State.APPROVED: (State.EXPIRED, State.SUSPENDED, State.REVOKED),
    State.SUSPENDED: (State.APPROVED, State.EXPIRED, State.REVOKED),  # expired: cleared after its time
    State.REJECTED: (),
    State.WITHDRAWN: (),
    State.EXPIRED: (State.REVOKED,),
    State.REVOKED: (),
}
OPEN = (State.DRAFT, State.SUBMITTED, State.NEEDS_INFORMATION)
EDITABLE = (State.DRAFT, State.NEEDS_INFORMATION)
STANDING = (State.APPROVED, State.SUSPENDED)


class Reason(models.TextChoices):
    """Why a request was not accepted, or a badge paused or taken away."""

    NOT_ON_REGISTER = "not_on_register", _("not found on the register")
    LAPSED = "lapsed", _("registration lapsed")
    RESTRICTED = "restricted", _("practice restricted by the register")
    NO_SECOND_LINK = "no_second_link", _("nothing links the registration to this person")
    OUT_OF_SCOPE = "out_of_scope", _("not a regulated health profession")
    FALSE_CLAIM = "false_claim", _("false claim")
    CONDUCT = "conduct", _("conduct on this site")
    OWN_REQUEST = "own_request", _("at own request")
    UNDER_REVIEW = "under_review", _("being checked again")


REJECTION_REASONS = (
    Reason.NOT_ON_REGISTER, Reason.LAPSED, Reason.RESTRICTED, Reason.NO_SECOND_LINK, Reason.OUT_OF_SCOPE,
    Reason.FALSE_CLAIM,
)  # fmt: skip
SUSPENSION_REASONS = (Reason.LAPSED, Reason.RESTRICTED, Reason.CONDUCT, Reason.UNDER_REVIEW)
REVOCATION_REASONS = (
    Reason.NOT_ON_REGISTER, Reason.LAPSED, Reason.RESTRICTED, Reason.FALSE_CLAIM, Reason.CONDUCT, Reason.OWN_REQUEST,
)  # fmt: skip
FINAL_REASONS = (Reason.FALSE_CLAIM, Reason.CONDUCT)  # after these no new request through the form


def registration_fingerprint(scheme: str, region: str, year: int | None, number: str) -> str:
    """The same for two entries of one registration; it tells nobody the number."""
    return fingerprint("registration", repr((scheme, region.casefold(), year or "", number)))


class CredentialQuerySet(models.QuerySet["Credential"]):
    def current(self) -> Self:
        """Those that stand, paused ones included, and that no renewal has replaced."""
        return self.filter(state__in=STANDING, superseded_by=None)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def waiting(self) -> Self:
        """What reviewers have to decide, the longest wait first."""
        return self.filter(state=State.SUBMITTED).order_by("submitted_at", "pk")

    def renamed(self) -> Self:
        """Verified people who show another name now than the one that was checked."""
        return self.current().exclude(user__display_name=F("name_when_checked"))

    def without_particulars(self) -> Self:
        """For lists: the restricted columns stay in the database."""
        return self.defer("number", "name_on_register", "work_email", "orcid")


class Credential(models.Model):
    """One professional registration that somebody applies with, and what became of it."""

    class Link(models.TextChoices):
        """The second link: what ties the register's entry to the person behind the account."""

        WORK_EMAIL = "work_email", _("message to a work address")
        EVIDENCE = "evidence", _("a document")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credentials")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, db_default=State.DRAFT)

    profession = models.CharField(max_length=40, blank=True, choices=list(PROFESSIONS.items()))
    specialty = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, blank=True)
    scheme = models.CharField(_("register"), max_length=20, blank=True)
    region = models.CharField(max_length=100, blank=True)
    registration_year = models.PositiveSmallIntegerField(null=True, blank=True)
    number = EncryptedTextField(blank=True, default="")
    number_last4 = models.CharField(max_length=4, blank=True)
    number_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    orcid = EncryptedTextField(blank=True, default="")
    name_on_register = EncryptedTextField(blank=True, default="")
    register_url = models.URLField(_("own entry on the register"), max_length=500, blank=True)

    link_method = models.CharField(max_length=20, blank=True, choices=Link)
    work_email = EncryptedTextField(blank=True, default="")
    work_domain = models.CharField(max_length=255, blank=True)
    work_email_confirmed_at = models.DateTimeField(null=True, blank=True)
    work_code = models.CharField(max_length=64, blank=True, editable=False)
    work_code_sent_at = models.DateTimeField(null=True, blank=True)
    work_code_tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    interests = models.TextField(_("declaration of interests"), max_length=1000, blank=True)
    nothing_to_declare = models.BooleanField(default=False, db_default=False)
    consented_at = models.DateTimeField(null=True, blank=True)
    consent_version = models.CharField(max_length=10, blank=True)

    started_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=20, blank=True, choices=Reason)
    name_when_checked = models.CharField(max_length=100, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    reminded_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("The last reminder went out this many days before the end.")
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("review_credential", "Can check and decide credentials of medical professionals")]
        indexes = [
            models.Index("state", "submitted_at", "id", name="credential_queue"),
            models.Index("valid_until", condition=Q(state="approved"), name="credential_ending"),
            models.Index("number_fingerprint", condition=~Q(number_fingerprint=""), name="credential_number"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=["draft", "submitted", "needs_information"]),
                name="credential_one_open_request",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=["approved", "suspended"], superseded_by=None),
                name="credential_one_current",
            ),
            models.UniqueConstraint(
                fields=["scheme", "number_fingerprint"],
                condition=Q(state__in=["approved", "suspended"], superseded_by=None),
                name="credential_number_used_once",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="credential_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "needs_information", "withdrawn"])
                | (
                    ~Q(profession="") & ~Q(specialty="") & ~Q(country="") & ~Q(scheme="") & ~Q(number_fingerprint="")
                    & ~Q(link_method="") & Q(consented_at__isnull=False) & Q(submitted_at__isnull=False)
                ),
                name="credential_complete_when_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "suspended", "expired", "revoked"])
                | (Q(decided_at__isnull=False) & Q(decided_by__isnull=False) & Q(valid_until__isnull=False)),
                name="credential_decided_when_standing",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("user")),
                name="credential_never_decided_by_holder",
            ),
        ]  # fmt: skip
        triggers: ClassVar[list[Any]] = [
            pgtrigger.FSM(
                name="credential_lifecycle",
                field="state",
                transitions=[(str(start), str(end)) for start, ends in TRANSITIONS.items() for end in ends],
            ),
            pgtrigger.Protect(name="credential_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    @property
    def title(self) -> str:
        """What the badge says."""
        return SPECIALTIES[self.specialty].label if self.specialty else ""

    @property
    def country_name(self) -> str:
        return COUNTRIES.get(self.country, self.country)

    @property
    def register(self) -> Register | None:
        return REGISTERS.get(self.scheme)

    @property
    def register_address(self) -> str:
        """The page of the official register where a reviewer looks the number up."""
        return self.register.look_up_address(self.number) if self.register else ""

    @property
    def orcid_address(self) -> str:
        return ORCID.look_up_address("-".join(self.orcid[i : i + 4] for i in range(0, 16, 4))) if self.orcid else ""

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    @property
    def is_revocable(self) -> bool:
        """Whether anything of it is still shown: a badge, or "verified when answered"."""
        return self.state in (*STANDING, State.EXPIRED) and self.superseded_by_id is None

    @property
    def is_current(self) -> bool:
        """Whether it stands, paused or not, and no renewal has replaced it."""
        return self.state in STANDING and self.superseded_by_id is None

    def days_left(self, today: date) -> int:
        """Days until it runs out; negative once it should have."""
        return (self.valid_until - today).days if self.valid_until else 0


class CredentialEvent(models.Model):
    """One step in the life of a credential: who, when, what, from which state to which. Never changed."""

    class What(models.TextChoices):
        SUBMITTED = "submitted", _("sent")
        TAKEN_BACK = "taken_back", _("taken back to change it")
        WITHDRAWN = "withdrawn", _("withdrawn")
        ASKED = "asked", _("asked for more information")
        ADVISED_APPROVAL = "advised_approval", _("first of two: would approve")
        ADVISED_REJECTION = "advised_rejection", _("first of two: would not accept")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("not accepted")
        LOOKED_UP = "looked_up", _("looked up in the register")
        OPENED = "opened", _("opened a document")
        REMINDED = "reminded", _("reminded of the end")
        EXPIRED = "expired", _("ran out")
        SUSPENDED = "suspended", _("paused")
        REINSTATED = "reinstated", _("given back")
        REVOKED = "revoked", _("taken away")
        SUPERSEDED = "superseded", _("replaced by a renewal")
        EVIDENCE_DELETED = "evidence_deleted", _("documents deleted")

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the site itself."),
    )
    what = models.CharField(max_length=20, choices=What)
    from_state = models.CharField(max_length=20, choices=State)
    to_state = models.CharField(max_length=20, choices=State)
    reason = models.CharField(max_length=20, blank=True, choices=Reason)
    message = models.TextField(_("message to the applicant"), blank=True)
    note = models.TextField(_("private note"), blank=True)
    checks = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ("view",)
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="credential_event_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}, {self.at:%d %B %Y}"


def private_storage() -> Storage:
    return storages["private"]


def evidence_name(evidence: "Evidence", filename: str) -> str:
    """A random name below a folder that has no address."""
    return f"evidence/{secrets.token_hex(24)}"


class Evidence(models.Model):
    """A document that links a registration to a person. The file goes 30 days after the decision; its hash stays."""

    class Kind(models.TextChoices):
        PROFESSIONAL_ID = "professional_id", _("professional ID card with photo")
        CERTIFICATE = "certificate", _("licence or registration certificate")
        REGISTER = "register", _("screenshot of the register")
        LETTER = "letter", _("letter from the institution")

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=100)
    file = models.FileField(upload_to=evidence_name, storage=private_storage, max_length=100, blank=True)
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField(help_text=_("bytes"))
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = _("evidence")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(deleted_at=None) ^ Q(file=""), name="evidence_file_until_deleted"),
            models.CheckConstraint(
                condition=Q(content_type__in=["application/pdf", "image/jpeg", "image/png"]),
                name="evidence_type_allowed",
            ),
        ]

    def __str__(self) -> str:
        return f"document {self.pk}"
