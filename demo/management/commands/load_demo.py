import json
import os
import random
import secrets
import string
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.actions import grant_badge
from accounts.models import User
from accounts.professions import SPECIALTIES
from credentials.actions.reviewing import later
from credentials.models import Credential, CredentialEvent, State, registration_fingerprint
from credentials.policies import domain_of
from credentials.registers import registers_for
from forum.actions import recount
from forum.actions.rereading import read_again
from forum.models import Forum, HelpfulVote, PeerOpinion, Reply, Revision, Thread
from forum.signals import threads_imported
from moderation.actions import follow_credential
from resources.actions import COUNTED_DAYS, count_reads
from resources.models import Resource, ResourceDay, ResourceSource

FOLDER = settings.BASE_DIR / "demo"
SIGN_INS: dict[str, dict[str, Any]] = {
    "patient": {"username": "demo_patient", "display_name": "Robin"},
    "professional": {"username": "demo_professional", "display_name": "Dr Alex Morgan"},
    "moderator": {"username": "demo_moderator", "display_name": "Kim", "is_staff": True},
    "administrator": {"username": "demo_admin", "is_staff": True, "is_superuser": True},
}
# Numbers of the right form that were given to nobody.
NUMBERS = {"gb_gmc": "9{:06}", "gb_nmc": "00X{:04}X", "gb_hcpc": "XX{:06}", "gb_gphc": "2{:06}", "other": "X{:05}"}


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


class Command(BaseCommand):
    help = "Fill an empty site with the demo community and write its sign-ins to BEDSIDE_HOME (demo mode only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo community exists in demo mode only: set DEMO=1.")
        if Thread.objects.exists():
            self.stdout.write("The site has questions already; nothing loaded.")
            return
        self.random = random.Random(20)  # the same community every time; passwords come from `secrets`
        self.verified: dict[str, str] = {}
        self.today = datetime.combine(timezone.now().date(), time(), UTC)
        with transaction.atomic():
            self.load_people()
            self.load_resources()
            for path in sorted((FOLDER / "threads").glob("*.json")):
                self.load_threads(read(f"threads/{path.name}"))
            self.make_sign_ins()
            self.load_credentials()
            self.load_opinions()
            recount(repair=True)
            list(read_again())
        threads_imported.send(Command)
        self.stdout.write(
            f"Demo community: {User.objects.count()} people, {Thread.objects.count()} questions, "
            f"{Reply.objects.count()} replies, {Resource.objects.count()} resources"
        )

    def load_people(self) -> None:
        people = read("people.json")
        User.objects.bulk_create(
            User(
                username=row["username"],
                display_name=row["display_name"],
                kind=User.Kind.IMPORTED,
                password="!demo",
                date_joined=self.moment(row["joined_days_ago"], "12:00"),
            )
            for row in people["professionals"] + people["members"]
        )
        self.people = {user.username: user for user in User.objects.all()}
        for row in people["professionals"]:
            self.verified[row["username"]] = row["specialty"]
            checked_on = self.today.date() - timedelta(days=20 + row["joined_days_ago"] % 300)
            grant_badge(self.people[row["username"]], specialty=row["specialty"], verified_on=checked_on)

    def load_resources(self) -> None:
        today = self.today.date()
        forums = {forum.slug: forum for forum in Forum.objects.all()}
        days = []
        for row in read("resources.json"):
            fields = {
                name: row[name]
                for name in ("slug", "kind", "title", "publisher", "blurb", "url", "body", "reviewed_by")
            }
            resource = Resource.objects.create(
                **fields,
                reviewed_on=today - timedelta(days=row["reviewed_days_ago"]),
                next_review_on=today + timedelta(days=row["next_review_in_days"]),
            )
            resource.forums.set(forums[slug] for slug in row["forums"])
            ResourceSource.objects.bulk_create(
                ResourceSource(resource=resource, position=index, **source)
                for index, source in enumerate(row["sources"])
            )
            for age in range(1, COUNTED_DAYS):
                readers = max(1, round(row["daily_reads"] * self.random.uniform(0.6, 1.4)))
                days.append(ResourceDay(resource=resource, day=today - timedelta(days=age), readers=readers))
        ResourceDay.objects.bulk_create(days)
        count_reads(today)

    def load_threads(self, rows: list[dict[str, Any]]) -> None:
        forums = {forum.slug: forum for forum in Forum.objects.all()}
        for row in rows:
            asker = self.people[row["author"]]
            asked = self.moment(row["days_ago"], row["time"])
            thread = Thread(
                forum=forums[row["forum"]],
                author=asker,
                title=row["title"],
                is_anonymous=row["anonymous"],
                keep_out_of_search=forums[row["forum"]].keep_out_of_search,
                created_at=asked,
                last_activity_at=asked,
            )
            thread.set_body(row["body"])
            thread.save()
            self.mark_edited(thread, row)
            for reply_row in row["replies"]:
                self.load_reply(thread, reply_row)
            thread.save()

    def load_reply(self, thread: Thread, row: dict[str, Any]) -> None:
        author = self.people[row["author"]]
        by_asker = author.pk == thread.author_id
        shows_badge = author.is_medical_professional and not (by_asker and thread.is_anonymous)
        minutes = row["after_hours"] * 60 + self.random.random()
        reply = Reply(
            thread=thread,
            author=author,
            by_asker=by_asker,
            credential_line=author.professional_title if shows_badge else "",
            created_at=thread.created_at + timedelta(minutes=minutes),
        )
        reply.set_body(row["body"])
        reply.save()
        self.mark_edited(reply, row)
        thread.last_activity_at = max(thread.last_activity_at, reply.created_at)
        voters = [person for person in self.people.values() if person.pk != author.pk]
        span = (timezone.now() - reply.created_at).total_seconds()
        HelpfulVote.objects.bulk_create(
            HelpfulVote(
                reply=reply,
                user=voter,
                created_at=reply.created_at + timedelta(seconds=span * self.random.random() ** 3),
            )
            for voter in self.random.sample(voters, row["helpful"])
        )

    def mark_edited(self, post: Thread | Reply, row: dict[str, Any]) -> None:
        """An edit that added the last sentence."""
        if "edited_after_hours" not in row:
            return
        post.edited_at = post.created_at + timedelta(hours=row["edited_after_hours"])
        earlier = post.body.rstrip(".!?").rpartition(". ")[0]
        revision = Revision.of(post, replaced_by=post.author, replaced_at=post.edited_at)
        revision.body = f"{earlier}." if earlier else post.body
        revision.save()
        post.save(update_fields=["edited_at"])

    def moment(self, days_ago: int, clock: str) -> datetime:
        hours, minutes = map(int, clock.split(":"))
        return (
            self.today
            - timedelta(days=days_ago)
            + timedelta(hours=hours, minutes=minutes, seconds=self.random.randrange(60))
        )

    def make_sign_ins(self) -> None:
        accounts = {}
        for role, fields in SIGN_INS.items():
            password = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(20))
            email = f"{fields['username'].replace('_', '.')}@bedside.example"
            user = User.objects.create_user(
                **fields, email=email, password=password, kind=User.Kind.DEMO, date_joined=self.moment(400, "09:00")
            )
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            accounts[role] = {"username": user.username, "email": email, "password": password}
            if role == "professional":
                self.verified[user.username] = "family-doctor"
                grant_badge(user, specialty="family-doctor", verified_on=self.today.date() - timedelta(days=80))
            self.people[user.username] = user
            if role == "moderator":
                user.groups.set(Group.objects.filter(name__in=["Moderators", "Reviewers"]))
        self.write_sign_ins(settings.BEDSIDE_HOME / "demo-accounts.json", accounts)

    def load_credentials(self) -> None:
        """The record behind each badge, and requests that wait for a reviewer."""
        facts = read("credentials.json")
        reviewer = self.people[SIGN_INS["administrator"]["username"]]
        usual = facts["verified"]
        for number, (username, specialty) in enumerate(self.verified.items(), start=1):
            user = self.people[username]
            decided = datetime.combine(user.verified_on or self.today.date(), time(10), UTC)
            register = registers_for(facts["verified"]["country"], SPECIALTIES[specialty].profession)[0]
            own = {
                "specialty": specialty,
                "scheme": register.key,
                "number": NUMBERS[register.key].format(number),
                "work_email": usual["work_email"].format(username=username),
            }
            credential = self.filled(user, {**usual, **own}, decided - timedelta(days=2))
            credential.state, credential.decided_at, credential.decided_by = State.APPROVED, decided, reviewer
            credential.valid_until = later(decided.date(), settings.CREDENTIAL_VALID_MONTHS)
            credential.name_when_checked = user.display_name
            credential.save()
            what = CredentialEvent.What
            self.log(credential, what.SUBMITTED, user, State.DRAFT, State.SUBMITTED, decided - timedelta(days=2))
            self.log(credential, what.APPROVED, reviewer, State.SUBMITTED, State.APPROVED, decided)
        for row in facts["requests"]:
            sent = timezone.now() - timedelta(hours=row["hours_ago"])
            credential = self.filled(self.people[row["username"]], row, sent)
            self.log(credential, CredentialEvent.What.SUBMITTED, credential.user, State.DRAFT, State.SUBMITTED, sent)
            follow_credential(credential)
            credential.cases.update(opened_at=sent)

    def filled(self, user: User, row: dict[str, Any], sent: datetime) -> Credential:
        """A stored request that was sent."""
        number = row["number"]
        return Credential.objects.create(
            user=user,
            state=State.SUBMITTED,
            specialty=row["specialty"],
            profession=SPECIALTIES[row["specialty"]].profession,
            country=row["country"],
            scheme=row["scheme"],
            number=number,
            number_last4=number[-4:],
            number_fingerprint=registration_fingerprint(row["scheme"], "", None, number),
            name_on_register=row["name"],
            link_method=Credential.Link.WORK_EMAIL if row["work_email"] else Credential.Link.EVIDENCE,
            work_email=row["work_email"],
            work_domain=domain_of(row["work_email"]),
            work_email_confirmed_at=sent if row["work_email"] else None,
            interests=row.get("interests", ""),
            nothing_to_declare=not row.get("interests"),
            consented_at=sent,
            started_at=sent,
            submitted_at=sent,
        )

    @staticmethod
    def log(
        credential: Credential, what: CredentialEvent.What, by: User, start: State, end: State, at: datetime
    ) -> None:
        CredentialEvent.objects.create(credential=credential, what=what, by=by, from_state=start, to_state=end, at=at)

    def load_opinions(self) -> None:
        """Professionals agree with some of each other's replies."""
        professionals = [user for user in self.people.values() if user.is_medical_professional]
        replies = Reply.objects.exclude(credential_line="").order_by("pk")
        PeerOpinion.objects.bulk_create(
            PeerOpinion(reply=reply, user=other, kind=PeerOpinion.Kind.AGREE, created_at=reply.created_at)
            for reply in replies
            if not reply.pk % 3
            for other in self.random.sample(professionals, 1 + reply.pk % 2)
            if other.pk != reply.author_id
        )

    @staticmethod
    def write_sign_ins(path: Path, accounts: dict[str, Any]) -> None:
        """Before the transaction ends: accounts whose passwords nobody knows would be of no use."""
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(accounts, file, indent=2)
        unfinished.replace(path)
