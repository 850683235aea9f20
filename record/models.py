"""The record in time: positions with their events, and the rows that versions of things are kept in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from record.chain import plain, salted_digest
from record.described import words_emptied
from record.guard import Guard
from record.log.models import Checkpoint, Tile
from record.querysets import EventQuerySet, InstallationQuerySet, Span, VersionQuerySet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from record.described import Field
    from record.stored import Stored

__all__ = ["Checkpoint", "Event", "Installation", "Recorded", "Sealed", "Spanned", "Statement", "Tile", "VersionRow"]
HASH_LENGTH = 64
WITHHELD = "record.withheld"
"""The type of event that withdraws what stood at earlier positions."""


class Installation(models.Model):
    """The one row that says what this database is: begun when, in which time zone, sample or real."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    begun_at = models.DateTimeField(_("begun at"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    sample = models.BooleanField(_("sample"), default=False)
    touched = models.PositiveBigIntegerField(default=0, editable=False)
    """Goes up when something changes that pages show and the record does not hold: states of links, archive addresses."""

    guard: ClassVar[Guard] = Guard(open=("touched",))

    objects = InstallationQuerySet.as_manager()

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installation")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="record_installation_is_single")]

    def __str__(self) -> str:
        return self.time_zone

    def facts(self) -> dict[str, object]:
        """What the record says of it."""
        return {"begun_at": plain(self.begun_at), "time_zone": self.time_zone, "sample": self.sample}


class Event(models.Model):
    """What happened at one position of the record.

    ``text`` is exactly what ``hash`` covers and holds nothing that may ever have to go: the
    actor, the data and the version rows written are in it only as ``digest``, salted. So a
    withdrawal can empty them and the chain still holds.
    """

    position = models.BigIntegerField(_("position"), primary_key=True)
    uid = models.UUIDField(unique=True)
    type = models.CharField(_("type"), max_length=64)
    occurred_at = models.DateTimeField(_("occurred at"))
    report = models.CharField(_("report"), max_length=32, blank=True)
    proposal = models.CharField(_("proposal"), max_length=32, blank=True)
    milestone = models.CharField(_("milestone"), max_length=32, blank=True)
    actor = models.CharField(_("actor"), max_length=150, blank=True)
    data = models.JSONField(_("data"), default=dict)
    salt = models.CharField(max_length=32)
    digest = models.CharField(max_length=HASH_LENGTH)
    text = models.TextField(_("hashed text"))
    previous = models.CharField(_("previous hash"), max_length=HASH_LENGTH, blank=True)
    hash = models.CharField(_("hash"), max_length=HASH_LENGTH, unique=True)
    withheld = models.BigIntegerField(_("withheld at position"), null=True, blank=True)

    guard: ClassVar[Guard] = Guard(stays=("type", WITHHELD))

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("position",)
        indexes = [
            models.Index(fields=["occurred_at"], name="record_event_occurred_at"),
            models.Index(fields=["proposal", "position"], name="record_event_proposal"),
            models.Index(fields=["milestone", "position"], name="record_event_milestone"),
            models.Index(fields=["type", "position"], name="record_event_type"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(position__gte=1), name="record_event_position_positive"),
            models.CheckConstraint(
                condition=Q(position=1, previous="") | Q(position__gt=1) & ~Q(previous=""), name="record_event_is_chained"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.type}"

    @property
    def record_key(self) -> str:
        """What a withdrawal calls the event."""
        return f"{self._meta.db_table}:{self.position}"

    @classmethod
    def emptied(cls) -> dict[str, object]:
        return {"actor": "", "data": {}, "salt": ""}


class Recorded(models.Model):
    """A thing whose public face is kept in version rows. Written by services only.

    ``links`` adds to the thing's own fields what its version row says of others, as codes:
    a version must not change when what it points to does.
    """

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    position = models.BigIntegerField(_("position"), editable=False)
    updated_at = models.DateTimeField(_("changed at"), editable=False)

    version_prefetch: ClassVar[Sequence[str]] = ()
    """Relations that ``links`` walks; fetched for a whole batch at once."""

    class Meta:
        abstract = True

    def links(self) -> dict[str, object]:
        return {}

    def work_out(self) -> None:
        """Subclasses: set the columns that follow from others."""

    @property
    def version_code(self) -> str:
        """What names the thing in the record."""
        return str(self.code)  # type: ignore[attr-defined]


class Sealed(models.Model):
    """A row that is written once and whose content a salted digest covers, so that it cannot be changed unseen.

    ``content`` is everything that the digest covers, private text too: nobody can test a guess without the salt.
    """

    words: ClassVar[dict[str, object]]
    """What a withdrawal leaves in the columns that it empties; the rest are facts and codes."""

    salt = models.CharField(max_length=32, blank=True, default="", editable=False)
    digest = models.CharField(max_length=HASH_LENGTH, blank=True, default="", editable=False)
    withheld = models.BigIntegerField(_("withheld at position"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def content(self) -> dict[str, object]:
        """Subclasses: what the digest is of, facts and private words alike."""
        raise NotImplementedError

    def seal(self) -> None:
        """Set salt and digest; to be saved together with the content."""
        self.salt = secrets.token_hex(16)
        self.digest = salted_digest(self.salt, self.content())

    def is_intact(self) -> bool:
        """Whether the content is what was sealed; of what was withdrawn nobody can say any more."""
        return self.withheld is not None or salted_digest(self.salt, self.content()) == self.digest

    @property
    def record_key(self) -> str:
        """What a withdrawal calls the row."""
        return f"{self._meta.db_table}:{self.pk}"

    @classmethod
    def emptied(cls) -> dict[str, object]:
        return cls.words | {"salt": ""}


class Statement(Sealed):
    """A sealed row that is on the record from one position on; the event there carries its digest in ``data["digest"]``.

    Subclasses have a ``position`` and say in ``event_type`` which events announce them.
    """

    event_type: ClassVar[str]
    sealed_with: ClassVar[Sequence[str]] = ()
    sealed_of_many: ClassVar[Sequence[str]] = ()
    """Relations that ``content`` walks, to one and to many."""

    class Meta:
        abstract = True


class Spanned(models.Model):
    """One state of one thing, current in the positions ``first ≤ p < last``; open while ``last`` is empty."""

    code = models.CharField(_("code"), max_length=64)
    first = models.BigIntegerField(_("from position"))
    last = models.BigIntegerField(_("until position"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"))
    updated_at = models.DateTimeField(_("changed at"))
    withheld = models.BigIntegerField(_("withheld at position"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(last__isnull=True), name="%(app_label)s_%(class)s_one_open"),
            models.UniqueConstraint(fields=["code", "first"], name="%(app_label)s_%(class)s_once_a_position"),
            models.CheckConstraint(condition=Q(last__isnull=True) | Q(last__gt=F("first")), name="%(app_label)s_%(class)s_span_forward"),
        ]
        indexes = [
            GistIndex(Span("first", "last"), name="%(class)s_span"),
            models.Index(fields=["last"], name="%(class)s_last"),
            models.Index(fields=["first"], name="%(class)s_first"),
        ]

    def __str__(self) -> str:
        return f"{self.code} [{self.first}, {self.last or '…'})"


class VersionRow(Spanned):
    """A state as the record holds it.

    ``digest`` covers the whole content with ``salt`` and is covered by the event at ``first``,
    and again by the one at ``last``. Only three updates are let through by the database: closing
    the span, and withdrawing the content (then ``withheld`` names the position of the withdrawal).
    """

    salt = models.CharField(max_length=32)
    digest = models.CharField(max_length=HASH_LENGTH)

    of: ClassVar[type[Recorded]]
    """The model whose states these are."""
    described: ClassVar[tuple[Field, ...]]
    """What it says, and where each of it stands."""
    stored: ClassVar[Stored | None] = None
    """The tables that hold it, where it is none itself."""

    guard: ClassVar[Guard] = Guard(may_close=True)

    objects: ClassVar[VersionQuerySet[Any]] = VersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Spanned.Meta):
        abstract = True

    @property
    def record_key(self) -> str:
        """What a withdrawal calls the row."""
        return f"{self._meta.db_table}:{self.code}@{self.first}"

    @classmethod
    def emptied(cls) -> dict[str, object]:
        return dict[str, object].fromkeys((*words_emptied(cls), "salt"), "")
