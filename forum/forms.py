import time
import uuid
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.markdown import render_markdown
from common.text import clean_line, clean_text, is_blank, visible
from forum.facts import AGES, FACT_LIMIT, LABELS, SEXES, clean_facts
from forum.identifying import KIND_LABELS
from forum.models import Draft, Forum, Reply, Thread
from forum.models.posts import BODY_LIMIT, INTEREST_LIMIT, STORED_BODY_LIMIT, TITLE_LIMIT, TITLE_MINIMUM
from forum.models.replies import OPINION_LIMIT
from forum.screening import rules, screen
from safety.screening import Screening


def without_nul(value: str | None) -> str:
    """The value, refused when it holds a character that no keyboard makes."""
    if value and "\0" in value:
        raise ValidationError(
            gettext("Null characters are not allowed. Type the text again."), code="null_characters_not_allowed"
        )
    return value or ""


class MarkdownField(forms.CharField):
    """A text of several lines, cleaned, with its limit checked in letters as a person counts them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 9}))
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return clean_text(without_nul(super().to_python(value)))

    def validate(self, value: str) -> None:
        if is_blank(value):
            raise ValidationError(self.error_messages["required"], code="required")
        if len(value) <= BODY_LIMIT and is_blank(strip_tags(render_markdown(value))):  # “---” would show nothing
            raise ValidationError(self.error_messages["required"], code="required")
        if len(value) > BODY_LIMIT:
            raise ValidationError(
                gettext("Shorten your text to %(limit)s characters or fewer. It has %(length)s now.")
                % {"limit": f"{BODY_LIMIT:,}", "length": f"{len(value):,}"},
                code="too_long",
            )


class TitleField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return clean_line(without_nul(super().to_python(value)))

    def validate(self, value: str) -> None:
        if is_blank(value):
            raise ValidationError(self.error_messages["required"], code="required")
        if len(visible(value)) < TITLE_MINIMUM:
            raise ValidationError(
                gettext("Write a little more, so that people know what you ask about."), code="too_short"
            )
        if len(value) > TITLE_LIMIT:
            raise ValidationError(
                gettext(
                    "Shorten your question to %(limit)s characters or fewer. It has %(length)s now. "
                    "The details belong in the box below."
                )
                % {"limit": TITLE_LIMIT, "length": f"{len(value):,}"},
                code="too_long",
            )


STARTED_SALT = "forum.forms.started"


def started_now() -> str:
    """The mark of a form that is opened now; only we can make one."""
    return signing.dumps(int(time.time()), salt=STARTED_SALT)


class PostForm(forms.Form):
    """What all writing forms share: a key that makes a double click harmless, and when the form was opened.

    `cleaned_data` gets "seconds", how long it was open, None where nobody knows.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    started = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        first = {"key": uuid.uuid4(), "started": started_now()}
        kwargs["initial"] = {**first, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean_key(self) -> uuid.UUID:
        return self.cleaned_data.get("key") or uuid.uuid4()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        try:
            data["seconds"] = int(time.time()) - int(signing.loads(data.pop("started", ""), salt=STARTED_SALT))
        except (signing.BadSignature, ValueError):
            data["seconds"] = None
        return data

    @cached_property
    def screening(self) -> Screening:
        """What the text of a valid form tells about how its writer is."""
        data = self.cleaned_data
        return screen(
            data["body"], title=data.get("title", ""), facts=data.get("facts"), interest=data.get("interest", "")
        )

    def _post_clean(self) -> None:
        """Numbers that thieves look for are refused here; everything else is the writer's own choice."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors or "body" not in self.cleaned_data:
            return
        texts = {name: self.cleaned_data.get(name, "") for name in ("title", "body", "interest")}
        texts |= {f"fact_{key}": text for key, text in self.cleaned_data.get("facts", {}).items()}
        reader = rules()
        for name, text in texts.items():
            stops = reader.screen(text).must_stop if text else ()
            if stops:
                label = KIND_LABELS.get(stops[0].kind, "")
                words = gettext("This looks like %(thing)s. Take it out, or press “Replace” beside it above.")
                self.add_error(name, ValidationError(words % {"thing": label}, code="must_not_be_public"))


def forum_choices() -> list[tuple[str, Any]]:
    """Open forums grouped by category, for a <select>."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for forum in Forum.objects.filter(is_open=True).by_category():
        groups.setdefault(forum.category.name, []).append((forum.pk, forum.name))
    return [("", gettext("Choose a forum")), *groups.items()]


class ForumField(forms.TypedChoiceField):
    """One open forum; lists and checks them with one query for each form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=forum_choices, coerce=int, **kwargs)


class FactsFields(forms.Form):
    """The optional card of a question. `cleaned_data` gets them as one value, "facts"."""

    fact_age = forms.ChoiceField(
        label=_("Age"),
        required=False,
        choices=[("", _("Rather not say")), *((age, _(age)) for age in AGES)],
        error_messages={"invalid_choice": _("Choose one of those shown.")},
    )
    fact_sex = forms.ChoiceField(
        label=_("Sex"),
        required=False,
        choices=[("", _("Rather not say")), *((sex, _(sex)) for sex in SEXES)],
        error_messages={"invalid_choice": _("Choose one of those shown.")},
    )
    fact_duration = forms.CharField(
        label=_("How long has it been going on?"),
        required=False,
        help_text=_("For example: two weeks, since childhood."),
    )
    fact_medicines = forms.CharField(
        label=_("Medicines taken"),
        required=False,
        help_text=_("Names and strength, also without a prescription."),
    )
    fact_tests = forms.CharField(
        label=_("Tests so far"), required=False, help_text=_("For example: blood test in May, normal.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed = {key: data.pop(f"fact_{key}", "") for key in LABELS}
        for key, text in typed.items():
            if len(clean_line(without_nul(text))) > FACT_LIMIT:
                self.add_error(
                    f"fact_{key}", gettext("Shorten this to %(limit)s characters or fewer.") % {"limit": FACT_LIMIT}
                )
        data["facts"] = clean_facts(typed)
        return data

    @property
    def fact_fields(self) -> list[forms.BoundField]:
        return [self[f"fact_{key}"] for key in LABELS]

    @property
    def has_facts(self) -> bool:
        """Whether the card is open at once: something is in it, or wrong with it."""
        return any(field.value() or field.errors for field in self.fact_fields)


def facts_initial(facts: dict[str, str]) -> dict[str, str]:
    return {f"fact_{key}": text for key, text in facts.items()}


class AskForm(FactsFields, PostForm):
    forum = ForumField(
        label=_("Forum"),
        help_text=_("Not sure? Choose “General questions” and we will move it."),
        error_messages={
            "required": _("Choose the forum that fits best."),
            "invalid_choice": _("Choose one of the forums in the list."),
        },
    )
    title = TitleField(
        label=_("Your question in one sentence"),
        help_text=_("For example: “How long does tiredness last after radiotherapy?”"),
        error_messages={"required": _("Write your question in one sentence.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = MarkdownField(
        label=_("Details"),
        help_text=_(
            "What happened, since when, and what you would like to know. Leave out names and anything that "
            "identifies you or someone else."
        ),
        error_messages={"required": _("Write a few words about your question.")},
    )
    is_anonymous = forms.BooleanField(
        label=_("Ask anonymously"),
        help_text=_("Your name is not shown with the question or with your replies to it."),
        required=False,
    )
    keep_out_of_search = forms.BooleanField(
        label=_("Keep this question out of search engines"),
        help_text=_(
            "People can still find it on this site. In sensitive forums every question starts like this. You can "
            "change it at any time by editing your question."
        ),
        required=False,
    )

    @classmethod
    def initial_from(cls, draft: Draft | None, forum: Forum | None, title: str = "") -> dict[str, Any]:
        """The first values: the draft's, the forum the person came from, and what they searched for without success."""
        if draft is None:
            kept_out = forum and forum.keep_out_of_search
            return {"forum": forum.pk if forum else None, "title": title, "keep_out_of_search": kept_out}
        return {
            "forum": forum.pk if forum else draft.forum_id,
            "title": draft.title,
            "body": draft.body,
            "is_anonymous": draft.is_anonymous,
            "keep_out_of_search": draft.keep_out_of_search,
            **facts_initial(draft.facts),
        }

    def clean_forum(self) -> Forum:
        return Forum.objects.get(pk=self.cleaned_data["forum"])


class ReplyForm(PostForm):
    body = MarkdownField(
        label=_("Your reply"),
        help_text=_("Be kind, and say how you know what you say. Anyone can read this."),
        error_messages={"required": _("Write your reply first.")},
    )
    interest = forms.CharField(
        label=_("Interest to declare"),
        help_text=_("If somebody who gains from this advice pays you, or you do yourself. Shown below your reply."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_interest(self) -> str:
        interest = clean_line(without_nul(self.cleaned_data["interest"]))
        if len(interest) > INTEREST_LIMIT:
            raise ValidationError(gettext("Shorten this to %(limit)s characters or fewer.") % {"limit": INTEREST_LIMIT})
        return "" if is_blank(interest) else interest


class EditThreadForm(FactsFields, PostForm):
    title = TitleField(label=_("Question"), error_messages={"required": _("Write your question in one sentence.")})
    body = MarkdownField(label=_("Details"), error_messages={"required": _("Write a few words about your question.")})
    keep_out_of_search = forms.BooleanField(
        label=_("Keep this question out of search engines"),
        help_text=_("People can still find it on this site."),
        required=False,
    )

    @staticmethod
    def initial_from(thread: Thread) -> dict[str, Any]:
        return {
            "title": thread.title,
            "body": thread.body,
            "keep_out_of_search": thread.keep_out_of_search,
            **facts_initial(thread.facts),
        }


class DraftForm(forms.Form):
    """An automatic save: everything may still be missing, nothing is refused for its length."""

    place = forms.RegexField(r"\A(?:ask|(?:reply|thread|reply-edit):[1-9][0-9]{0,17})\Z")
    key = forms.UUIDField(required=False)
    title = forms.CharField(required=False, strip=False)
    interest = forms.CharField(required=False, strip=False)
    body = forms.CharField(required=False, strip=False)
    forum = forms.IntegerField(required=False)
    is_anonymous = forms.BooleanField(required=False)
    keep_out_of_search = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["facts"] = clean_facts({key: self.data.get(f"fact_{key}", "") for key in LABELS})
        return data

    def clean_place(self) -> str:
        place: str = self.cleaned_data["place"]
        kind, _, pk = place.partition(":")
        model = Thread if kind in ("reply", "thread") else Reply
        if kind != "ask" and not model.objects.filter(pk=int(pk)).exists():
            raise ValidationError(gettext("There is no such form."), code="no_such_form")
        return place

    def clean_title(self) -> str:
        return clean_line(self.cleaned_data["title"])[:TITLE_LIMIT]

    def clean_interest(self) -> str:
        return clean_line(self.cleaned_data["interest"])[:INTEREST_LIMIT]

    def clean_body(self) -> str:
        body = clean_text(self.cleaned_data["body"])
        if len(body) > STORED_BODY_LIMIT:
            raise ValidationError(gettext("This is too long to be kept."), code="too_long")
        return body

    def clean_forum(self) -> Forum | None:
        pk = self.cleaned_data["forum"]
        return Forum.objects.filter(pk=pk, is_open=True).first() if pk else None


class CautionForm(forms.Form):
    text = forms.CharField(
        label=_("Your caution"),
        help_text=_(
            "What should readers know before they follow this reply? One or two plain sentences. Shown with your "
            "name and badge."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
        strip=False,
        error_messages={"required": _("Write what readers should be careful about.")},
    )

    def clean_text(self) -> str:
        text = clean_line(without_nul(self.cleaned_data["text"]))
        if is_blank(text):
            raise ValidationError(self.fields["text"].error_messages["required"], code="required")
        if len(text) > OPINION_LIMIT:
            raise ValidationError(
                gettext("Shorten it to %(limit)s characters or fewer. It has %(length)s now.")
                % {"limit": OPINION_LIMIT, "length": len(text)}
            )
        return text
