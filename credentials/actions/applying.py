"""What applicants do: fill in, prove, send, take back."""

import secrets
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import consents
from accounts.limits import spend
from accounts.models import User
from accounts.professions import SPECIALTIES
from common.encryption import fingerprint
from credentials import mail
from credentials.actions.steps import What, locked, step
from credentials.evidence_files import CheckedFile
from credentials.models import OPEN, Credential, Evidence, State, registration_fingerprint
from credentials.policies import Refused, can_apply, domain_of, require
from credentials.registers import clean_registration
from forum.actions import lock_writing

CODE_VALID = timedelta(minutes=20)
CODE_TRIES = 5
FILES_AT_MOST = 5
NOT_NOW = _("You cannot apply at the moment. Write to us if you think this is wrong.")
NOT_EDITABLE = _("This request is being reviewed, so it cannot be changed now. Take it back first.")
KEPT_FOR_RENEWAL = [
    "profession", "specialty", "country", "scheme", "region", "registration_year", "number", "number_last4",
    "number_fingerprint", "orcid", "name_on_register", "register_url", "interests", "nothing_to_declare",
]  # fmt: skip
RESTRICTED = ["number", "number_last4", "number_fingerprint", "orcid", "name_on_register", "register_url", "work_email",
              "work_domain", "work_code", "interests"]  # fmt: skip


@transaction.atomic
def start(*, by: User) -> Credential:
    """The person's open request, begun now if there is none. A renewal begins with what is known already."""
    lock_writing(by)
    if existing := Credential.objects.open().filter(user=by).first():
        return existing
    require(can_apply(by), str(NOT_NOW))
    earlier = Credential.objects.filter(user=by, state__in=[State.APPROVED, State.EXPIRED], superseded_by=None)
    last = earlier.order_by("-pk").first()
    known = {name: getattr(last, name) for name in KEPT_FOR_RENEWAL} if last else {}
    return Credential.objects.create(user=by, **known)


def _editable(credential: Credential, by: User) -> Credential:
    credential = locked(credential)
    require(credential.user_id == by.pk, gettext("Only the person who applies can change this request."))
    require(credential.is_editable, str(NOT_EDITABLE))
    return credential


@transaction.atomic
def save_answers(credential: Credential, *, by: User, **answers: Any) -> Credential:
    """Keep what one page of the form asked. Another work address has to be confirmed again."""
    credential = _editable(credential, by)
    if "work_email" in answers and answers["work_email"] != credential.work_email:
        answers |= {"work_email_confirmed_at": None, "work_code": "", "work_domain": domain_of(answers["work_email"])}
    for name, value in answers.items():
        setattr(credential, name, value)
    credential.number_last4 = credential.number[-4:]
    registration = (credential.scheme, credential.region, credential.registration_year, credential.number)
    credential.number_fingerprint = registration_fingerprint(*registration) if credential.number else ""
    credential.save()
    return credential


@transaction.atomic
def declare(credential: Credential, *, by: User, interests: str, nothing_to_declare: bool) -> Credential:
    """Keep the declaration, and that the person agrees now to the current text of the check."""
    consents.record(by, consents.VERIFICATION)
    return save_answers(
        credential,
        by=by,
        interests=interests,
        nothing_to_declare=nothing_to_declare,
        consented_at=timezone.now(),
        consent_version=consents.TEXTS[consents.VERIFICATION].version,
    )


def send_work_code(credential: Credential, *, by: User, email: str) -> None:
    """Send a code to the work address. LimitReached after ten in a day."""
    code = f"{secrets.randbelow(10**6):06}"
    with transaction.atomic():
        lock_writing(by)
        spend(by, "work_code")
        credential = save_answers(credential, by=by, work_email=email, link_method=Credential.Link.WORK_EMAIL)
        credential.work_code = fingerprint("work-code", f"{credential.pk}:{code}")
        credential.work_code_sent_at, credential.work_code_tries = timezone.now(), 0
        credential.save()
    mail.send_work_code(email, code)


@transaction.atomic
def confirm_work_email(credential: Credential, *, by: User, code: str) -> bool:
    """Whether the code is the one that was sent, at most five tries and twenty minutes ago."""
    credential = _editable(credential, by)
    sent = credential.work_code_sent_at
    if not credential.work_code or not sent or timezone.now() - sent > CODE_VALID:
        return False
    if credential.work_code_tries >= CODE_TRIES:
        return False
    credential.work_code_tries += 1
    given = fingerprint("work-code", f"{credential.pk}:{code.strip()}")
    is_right = secrets.compare_digest(given, credential.work_code)
    if is_right:
        credential.work_email_confirmed_at, credential.work_code = timezone.now(), ""
    credential.save()
    return is_right


@transaction.atomic
def add_evidence(credential: Credential, *, by: User, kind: str, checked: CheckedFile) -> Evidence:
    """Store a document where only reviewers get at it. The same document twice is one."""
    credential = _editable(credential, by)
    kept = credential.evidence.filter(deleted_at=None)
    if same := kept.filter(sha256=checked.sha256).first():
        return same
    full = gettext("You can send %(most)s documents. Remove one first.") % {"most": FILES_AT_MOST}
    require(kept.count() < FILES_AT_MOST, full)
    evidence = Evidence(
        credential=credential,
        kind=kind,
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=checked.sha256,
    )
    evidence.file.save("", ContentFile(checked.content), save=False)
    evidence.save()
    if credential.link_method != Credential.Link.EVIDENCE and not credential.work_email_confirmed_at:
        credential.link_method = Credential.Link.EVIDENCE
        credential.save()
    return evidence


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: User) -> None:
    """Delete a document that the applicant no longer wants to send."""
    _editable(evidence.credential, by)
    delete_file(evidence)


def delete_file(evidence: Evidence) -> None:
    """Delete the file once that is certain, and keep its hash."""
    if not evidence.file:
        return
    name, storage = str(evidence.file.name), evidence.file.storage
    evidence.file, evidence.deleted_at = "", timezone.now()
    evidence.save(update_fields=["file", "deleted_at"])
    transaction.on_commit(lambda: storage.delete(name))


def missing(credential: Credential) -> dict[str, str]:
    """What a request still lacks, by the page of the form that asks for it."""
    lacks: dict[str, str] = {}
    if credential.specialty not in SPECIALTIES or not credential.country:
        lacks["profession"] = gettext("Choose your specialty and country.")
    if not credential.scheme or not credential.number or not credential.name_on_register:
        lacks["registration"] = gettext("Enter your registration.")
    else:
        _number, problems, _warnings = clean_registration(
            credential.scheme,
            credential.number,
            region=credential.region,
            year=credential.registration_year,
            profession=credential.profession,
        )
        if problems:
            lacks["registration"] = next(iter(problems.values()))
    has_document = credential.evidence.filter(deleted_at=None).exists()
    if not credential.work_email_confirmed_at and not has_document:
        lacks["link"] = gettext("Confirm a work address or send a document.")
    if not credential.interests.strip() and not credential.nothing_to_declare:
        lacks["declaration"] = gettext("Declare your interests, or that there are none.")
    elif credential.consented_at is None:
        lacks["declaration"] = gettext("Agree to the check.")
    return lacks


@transaction.atomic
def submit(credential: Credential, *, by: User, message: str = "") -> Credential:
    """Send the request to the reviewers. Sending twice is sending once."""
    credential = locked(credential)
    require(credential.user_id == by.pk, gettext("Only the person who applies can send this request."))
    if credential.state == State.SUBMITTED:
        return credential
    require(credential.is_editable, str(NOT_EDITABLE))
    require(can_apply(by), str(NOT_NOW))
    if lacks := missing(credential):
        raise Refused(next(iter(lacks.values())))
    spend(by, "credential")
    if credential.work_email_confirmed_at:
        credential.link_method = Credential.Link.WORK_EMAIL
    else:
        credential.link_method = Credential.Link.EVIDENCE
    credential.submitted_at = timezone.now()
    step(credential, What.SUBMITTED, State.SUBMITTED, by=by, message=message)
    return credential


@transaction.atomic
def take_back(credential: Credential, *, by: User) -> Credential:
    """Make a request that was sent a draft again, to change it."""
    credential = locked(credential)
    require(credential.user_id == by.pk, gettext("Only the person who applies can take this request back."))
    if credential.state == State.DRAFT:
        return credential
    require(credential.state in OPEN, gettext("This request is decided already."))
    step(credential, What.TAKEN_BACK, State.DRAFT, by=by)
    return credential


@transaction.atomic
def withdraw(credential: Credential, *, by: User | None) -> None:
    """End an open request for good: its particulars and documents are deleted, the steps stay. None: the site."""
    credential = locked(credential)
    require(
        by is None or credential.user_id == by.pk, gettext("Only the person who applies can withdraw this request.")
    )
    if credential.state == State.WITHDRAWN:
        return
    require(credential.state in OPEN, gettext("This request is decided already."))
    for name in RESTRICTED:
        setattr(credential, name, "")
    for evidence in credential.evidence.filter(deleted_at=None):
        delete_file(evidence)
    step(credential, What.WITHDRAWN, State.WITHDRAWN, by=by)
