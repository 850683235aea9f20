"""Every read of milestones: the version rows, with health for a day worked out by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from accounts.models import EVERYTHING
from accounts.roles import Role
from milestones.rules import SOON, STALE_AFTER
from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES, Freshness, Health, Status
from record.querysets import PositionedQuerySet, VersionQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.contrib.auth.models import AnonymousUser
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from accounts.models import User
    from milestones.models import Milestone
    from record.moments import Moment


UNKNOWN = sorted(UNKNOWN_STATUSES)
FINISHED = sorted(FINISHED_STATUSES)
BLOCKING = sorted(status for status in Status if status.said.blocks)
HALTED = sorted(status for status in Status if status.said.halted)
UNDER_WAY = sorted(status for status in Status if status.said.under_way)
DECIDED = {kind: sorted(status for status in Status if status.said.health is kind) for kind in (Health.DONE, Health.CLOSED, Health.UNKNOWN)}
"""By health, the statuses that decide it whatever the dates."""


OPEN_STATES = ("draft", "returned")
ACTOR = ("username", "public_name", "organisation")
"""What an account is called by."""


def milestones_of(model: Any, *relations: str) -> Any:
    """The model of milestones, from one that leads to it: models are made of these querysets, so that these cannot import it."""
    for name in relations:
        model = model._meta.get_field(name).related_model
    return model


def reaching(user: User, milestones: type[Milestone], prefix: str = "") -> Q:
    """Milestones (or, with a prefix, what belongs to them) that somebody may assess; ``permissions.may_assess`` for many."""
    if user.may(Role.EDITOR):
        return Q()
    if not user.may(Role.ANALYST):
        return Q(pk__in=[])
    if EVERYTHING in user.remit:
        return Q()
    return (
        Q(**{f"{prefix}analyst": user.pk})
        | Q(**{f"{prefix}proposal__code__in": user.remit})
        | Q(**{f"{prefix}proposal__report__code__in": user.remit})
        | Q(**{f"{prefix}pk__in": milestones.objects.filter(owners__organisation__code__in=user.remit).values("pk")})
    )


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    """Milestones as the desk works on them; pages and API read the version rows."""

    def assessable_by(self, user: User) -> Self:
        return self.filter(reaching(user, self.model))


class AssessmentQuerySet(PositionedQuerySet[Any]):
    def published(self, moment: Moment) -> Self:
        """What everybody may read at that moment, stubs of what was withdrawn since included; what is in review is nobody's business."""
        return self.filter(state="published").as_of(moment)

    def of_report(self, report: str) -> Self:
        """Only those on milestones of one report; all of them where it is empty."""
        return self.filter(milestone__proposal__report__code=report) if report else self

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What somebody may read at the desk, notes and confidential evidence included: analysts their own work and
        what was published within their remit, editors all of it. The public reads ``published``."""
        if not user.is_authenticated or not user.may(Role.ANALYST):
            return self.none()
        if user.may(Role.EDITOR):
            return self
        mine = reaching(user, milestones_of(self.model, "milestone"), "milestone__")
        return self.filter(self._at_work(user) | Q(state="published", withheld__isnull=True) & mine)

    def readable_by(self, user: User) -> Self:
        """Today, for somebody signed in: what is published, and what they are at work on; editors all of it."""
        if user.may(Role.EDITOR):
            return self
        published = Q(state="published")
        return self.filter(published | self._at_work(user) if user.may(Role.ANALYST) else published)

    def _at_work(self, user: User) -> Q:
        return Q(author=user) | Q(edited_by=user)

    def open_for(self, user: User, milestone: Milestone) -> Any:
        """The draft that this analyst has open on a milestone, if any."""
        return self.filter(milestone=milestone, author=user, state__in=OPEN_STATES).first()

    def waiting_of(self, user: User, milestone: Milestone) -> Any:
        """What this analyst has submitted on a milestone and nobody has decided about, if anything."""
        return self.filter(milestone=milestone, author=user, state="submitted").order_by("-submitted_at", "-pk").first()

    def for_reading(self) -> Self:
        """With all that a page or an answer shows of them, in a constant number of queries."""
        return self.select_related("milestone", "corrects", "confirms").prefetch_related("citations__evidence").order_by("-position", "-id")

    def for_answer(self) -> Self:
        """The same as the API shows it: of what they point to only the names."""
        cited = self.model._meta.get_field("citations").related_model
        own = [field.attname for field in self.model._meta.concrete_fields]
        return (
            self.select_related("milestone", "corrects", "confirms", "author")
            .only(*own, "milestone__code", "corrects__uid", "confirms__uid", *(f"author__{name}" for name in ACTOR))
            .prefetch_related(models.Prefetch("citations", cited._default_manager.select_related("evidence")))
            .order_by("-position", "-id")
        )

    def for_desk(self) -> Self:
        return (
            self.select_related("milestone__proposal__report", "milestone__current", "author", "edited_by", "reviewer", "corrects", "round")
            .prefetch_related("citations__evidence")
            .order_by("submitted_at", "id")
        )


class EvidenceQuerySet(models.QuerySet[Any]):
    def hold(self, pks: Iterable[int]) -> dict[int, Any]:
        """These by primary key, as they stand and stay until the end of the transaction. Everybody takes them in one order."""
        wanted = list(pks)
        return {piece.pk: piece for piece in self.select_for_update().filter(pk__in=wanted).order_by("pk")} if wanted else {}

    def published(self, moment: Moment, *reports: str) -> Self:
        """Public evidence that an assessment cites which was published by then, on a milestone of one of these reports (without any:
        of all). It outlives the words of that assessment."""
        cited = Q(citations__assessment__state="published")
        if reports:
            cited &= Q(citations__assessment__milestone__proposal__report__code__in=reports)
        if moment.past:
            cited &= Q(citations__assessment__position__lte=moment.position)
        public = self.model.objects.filter(cited, cited=True).values("pk")
        return self.filter(confidential=False, withheld__isnull=True, pk__in=public)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What somebody may open: everybody the public; analysts also what they added and what their milestones rest on; editors all."""
        everybody = Q(confidential=False, cited=True, withheld=None, citations__assessment__state="published")
        if not user.is_authenticated or not user.may(Role.ANALYST):
            return self.filter(everybody).distinct()
        if user.may(Role.EDITOR):
            return self
        own = Q(added_by=user) | Q(citations__assessment__author=user)
        remit = milestones_of(self.model, "assessments", "milestone").objects.assessable_by(user)
        mine = Q(citations__assessment__state="published", citations__assessment__milestone__in=remit.values("pk"))
        return self.filter(Q(withheld=None) & (everybody | own | mine)).distinct()


class RoundQuerySet(models.QuerySet[Any]):
    def published(self, moment: Moment) -> Self:
        """Those that were published by then; what is being staged is for the desk."""
        rounds = self.filter(position__isnull=False)
        return rounds.filter(position__lte=moment.position) if moment.past else rounds

    def of_reports(self, *reports: str) -> Self:
        """Those in which an assessment of a milestone of one of these reports was published or is staged."""
        member = Q(assessments__state="published") | Q(assessments__state="submitted", position=None)
        of_it = self.model.objects.filter(member, assessments__milestone__proposal__report__code__in=reports)
        return self.filter(pk__in=of_it.values("pk"))


class Any_(models.Func):  # noqa: N801 - named for the SQL it is
    """SQL ``= ANY (array)`` as a boolean: whether a value stands in an array column."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = models.BooleanField()
    arity = 2


class StoodBlocked(models.Func):
    """SQL: whether a predecessor blocked at an earlier position. Each is one probe of the index over code and first position;
    through the spans it would cost as many as the predecessor has versions."""

    output_field = models.BooleanField()
    arity = 1
    sql = (
        "EXISTS (SELECT 1 FROM unnest({predecessors}) AS waits(code) CROSS JOIN LATERAL ("
        "SELECT status, due, last FROM {table} WHERE code = waits.code AND first <= %s ORDER BY first DESC LIMIT 1) AS stood "
        "WHERE (stood.last IS NULL OR stood.last > %s) AND (stood.status = ANY(%s) OR stood.due < %s AND NOT stood.status = ANY(%s)))"
    )

    def __init__(self, predecessors: F, *, position: int, day: date, table: str) -> None:
        super().__init__(predecessors)
        self.values, self.table = [position, position, BLOCKING, day, [*UNKNOWN, *FINISHED]], table

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: object) -> tuple[str, list[object]]:  # type: ignore[override]
        column, parameters = compiler.compile(self.source_expressions[0])
        table = connection.ops.quote_name(self.table)
        return self.sql.format(predecessors=column, table=table), [*parameters, *self.values]


class MilestoneVersionQuerySet(VersionQuerySet[Any]):
    """Milestones as they stood at one moment; call ``as_of`` first."""

    def with_health(self, moment: Moment) -> Self:
        """Annotate ``health``, ``overdue`` and ``stale`` for its day (``milestones.rules.health``, as one expression).

        The moment must be the one given to ``as_of``: the predecessors are read as of it too.
        """
        day = moment.day
        past = Q(due__lt=day)
        health = Case(
            *(When(status__in=statuses, then=Value(health.value)) for health, statuses in DECIDED.items()),
            When(past, then=Value(Health.LATE.value)),
            When(
                Q(forecast__gt=F("due"))
                | Q(due__lte=day + SOON) & ~Q(status__in=UNDER_WAY)
                | Q(status__in=HALTED)
                | Q(self._blocked(moment)),
                then=Value(Health.AT_RISK.value),
            ),
            default=Value(Health.ON_TRACK.value),
            output_field=models.CharField(),
        )
        return self.annotate(
            health=health,
            overdue=Case(
                When(past & ~Q(status__in=FINISHED), then=Value(value=True)),
                default=Value(value=False),
                output_field=models.BooleanField(),
            ),
            stale=models.ExpressionWrapper(
                Q(assessed_on__isnull=True) | Q(assessed_on__lt=day - STALE_AFTER), output_field=models.BooleanField()
            ),
        )

    def _blocked(self, moment: Moment) -> Exists | StoodBlocked:
        """Whether a direct predecessor is late, suspended or dropped (``milestones.rules.blocks``)."""
        if moment.past:
            return StoodBlocked(F("predecessors"), position=moment.position, day=moment.day, table=self.model._meta.db_table)
        before = self.model.objects.current().order_by().filter(Any_(F("code"), OuterRef("predecessors")))
        return Exists(before.filter(Q(status__in=BLOCKING) | Q(due__lt=moment.day) & ~Q(status__in=[*UNKNOWN, *FINISHED])))

    def owned_by(self, *organisations: str) -> Self:
        """Those that one of these organisations leads or supports."""
        return self.filter(Q(lead__overlap=list(organisations)) | Q(support__overlap=list(organisations)))

    def owners(self) -> models.QuerySet[Any, Any]:
        """The codes of who leads or supports any of them."""
        both = models.Func(F("lead"), F("support"), template="unnest(%(expressions)s)", arg_joiner=" || ")
        return self.order_by().values_list(both, flat=True)

    def with_freshness(self, day: date) -> Self:
        """Annotate ``freshness`` (``milestones.rules.freshness``)."""
        return self.annotate(
            freshness=Case(
                When(assessed_on__isnull=True, then=Value(Freshness.NEVER.value)),
                When(assessed_on__lt=day - STALE_AFTER, then=Value(Freshness.STALE.value)),
                default=Value(Freshness.FRESH.value),
                output_field=models.CharField(),
            )
        )

    def successors_of(self, code: str) -> Self:
        return self.filter(predecessors__contains=[code])

    def count_by(self, *fields: str) -> dict[Any, int]:
        """How many rows have each value (or each tuple of values) of these fields."""
        counted = self.order_by().values_list(*fields).annotate(rows=models.Count("*")).values_list(*fields, "rows")
        return {(row[0] if len(fields) == 1 else row[:-1]): row[-1] for row in counted}
