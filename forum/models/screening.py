from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from safety.findings import KINDS
from safety.phrases import BadPhrase
from safety.screening import compile_rules, languages, rules_of


class ScreeningRuleQuerySet(models.QuerySet["ScreeningRule"]):
    def in_use(self, language: str) -> Self:
        return self.filter(language=language, is_active=True).order_by("pk")


class ScreeningRule(models.Model):
    """What staff add to the rules that come with the site (safety/data), or switch off of them."""

    class Effect(models.TextChoices):
        ADD = "add", _("look for this phrase")
        SWITCH_OFF = "off", _("switch off a rule that came with the site")

    language = models.CharField(max_length=10, default="en", db_default="en")
    effect = models.CharField(max_length=3, choices=Effect, default=Effect.ADD)
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS], blank=True)
    phrase = models.CharField(
        max_length=200,
        help_text=_(
            "Words as people write them, small letters: a|b is either word, word* any ending, word? may be left out, "
            "~3 up to three words between. To switch a rule off: its number, as it stands with the posts it found."
        ),
    )
    is_active = models.BooleanField(_("in use"), default=True, db_default=True)
    note = models.CharField(_("why"), max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScreeningRuleQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "effect", "kind", "phrase"],
                name="screening_rule_once",
                violation_error_message=_("This rule is there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'off'}: {self.phrase}"

    @property
    def rule_id(self) -> str:
        return f"{self.kind}-staff-{self.pk}"

    def clean(self) -> None:
        """Refuse what cannot be looked for, in words for the person who typed it."""
        if self.effect == self.Effect.SWITCH_OFF:
            self.kind = ""
            kind = self.phrase.partition("-")[0]
            if "-" not in self.phrase or (kind in KINDS and self.phrase not in rules_of(self.language).rules):
                raise ValidationError({"phrase": _("There is no rule with this number.")})
            return
        if not self.kind:
            raise ValidationError({"kind": _("Choose what the phrase is a sign of.")})
        if self.language not in languages():
            raise ValidationError({"language": _("There are no rules in this language.")})
        try:
            compile_rules(self.language, [("new", self.kind, self.phrase)], [])
        except BadPhrase as error:
            raise ValidationError({"phrase": str(error)}) from error
