"""What is searched: one document for each question that readers can see, kept by triggers of the database."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from forum.models import Thread
from resources.models import Resource
from search.rules import read_rule


class ThreadDocument(models.Model):
    """The words of a published question and of its published replies: title A, text B, professionals C, others D.

    Only the database writes it (migration 0002); what readers may not see is never in it.
    """

    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, primary_key=True, related_name="document")
    vector = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="thread_document_words")]

    def __str__(self) -> str:
        return f"words of thread {self.pk}"


class ResourceDocument(models.Model):
    """The words of a resource: title A, blurb B, text C."""

    resource = models.OneToOneField(Resource, on_delete=models.CASCADE, primary_key=True, related_name="document")
    vector = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="resource_document_words")]

    def __str__(self) -> str:
        return f"words of resource {self.pk}"


class StaleDocument(models.Model):
    """A long thread, or one that came with an import, whose document is to be written anew."""

    thread_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"thread {self.thread_id}"


class SimilarThreads(models.Model):
    """The questions like one, found in the background: looking for them takes longer than a page may."""

    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, primary_key=True, related_name="similar_found")
    ids = ArrayField(models.BigIntegerField())
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"like thread {self.pk}"


class SearchSynonym(models.Model):
    """Words that mean the same to a reader: "femara = letrozole", or one way only: "lump > mass"."""

    rule = models.CharField(
        _("rule"),
        max_length=400,
        unique=True,
        help_text=_("“a = b = c”: each finds the others. “a > b”: a search for a finds b too, but not the reverse."),
    )
    area = models.CharField(_("subject"), max_length=60, blank=True)
    changed_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        ordering = ["area", "rule", "pk"]

    def __str__(self) -> str:
        return self.rule

    def clean(self) -> None:
        try:
            read_rule(self.rule)
        except ValueError as error:
            raise ValidationError({"rule": str(error)}) from error


class SearchWord(models.Model):
    """A word as people write it here, and in how many of the newer questions: for telling misspellings."""

    word = models.CharField(primary_key=True, max_length=60)
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [
            GinIndex(OpClass("word", "gin_trgm_ops"), name="search_word_like"),
            models.Index(OpClass("word", "varchar_pattern_ops"), name="search_word_begins"),
        ]

    def __str__(self) -> str:
        return self.word


class SearchTerm(models.Model):
    """What people looked for, without who: how many on the busiest day, and whether there was anything to find."""

    text = models.CharField(max_length=100, unique=True)
    people = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(_("results"), default=0)
    last_day = models.DateField()

    class Meta:
        ordering = ["-people", "pk"]
        indexes = [models.Index(models.F("people").desc(), "id", name="search_term_people")]

    def __str__(self) -> str:
        return self.text


class SearchSeen(models.Model):
    """One person's search of today by a hash that nobody can turn back; gone the day after."""

    day = models.DateField()
    person = models.BinaryField(max_length=16)
    term_hash = models.BinaryField(max_length=16)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "term_hash", "person"], name="search_seen_once")]

    def __str__(self) -> str:
        return f"a search on {self.day}"


class SearchRate(models.Model):
    """How often somebody, known by a keyed hash, searched in the current second or minute."""

    key = models.BinaryField(max_length=16, primary_key=True)
    slot = models.BigIntegerField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.count} searches"
