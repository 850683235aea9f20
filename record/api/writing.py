"""Things with versions over the API: a body is read, checked and written within one change of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.core.exceptions import ValidationError as ModelError
from django.db.models import ProtectedError, Q
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.permissions import insist_on_editor, user_of
from common.api.inputs import Input
from common.api.preconditions import matched_versions
from common.api.problems import Stale
from common.fields import LANGUAGE_CODES
from common.refusals import Refused
from record.api.described import inputs_of
from record.api.views import RecordListView, RecordView
from record.described import ANSWERED, In, Sort, choices_of, column_of, fields_in, fields_of_columns, sort_of
from record.models import Event
from record.services import open_change
from record.versions import content_of, version_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import Model
    from rest_framework.request import Request

    from accounts.models import User
    from common.api.shapes import AnyField
    from common.json_types import JSONObject
    from record.locks import Named
    from record.models import Recorded, VersionRow
    from record.services import Change

Thing = TypeVar("Thing", bound="Recorded")


class ThingInput(Input):
    """A field named as a translated text sets it in the language of the request, ``…_i18n`` in each language that it names."""

    # Subclasses declare the relations, and what has bounds that its column does not know; the rest is ``described``.
    # What only a new thing takes stands in ``fixed``.

    model: ClassVar[type[Recorded]]
    fixed: ClassVar[tuple[str, ...]] = ("code", "report")
    insisted: ClassVar[tuple[str, ...]] = ()
    """What rules ask of a new thing beyond its columns."""

    @property
    def needed(self) -> tuple[str, ...]:
        """What a new thing is refused without: its words in every language, and what rules insist on."""
        versions = version_model(self.model)
        texts = [field for field in fields_in(versions, In.SENT) if sort_of(versions, field) is Sort.TEXT]
        return (*(f"{field.name}_i18n" for field in texts if not column_of(versions, field).blank), *self.insisted)

    def get_fields(self) -> dict[str, AnyField]:
        own, versions = super().get_fields(), version_model(self.model)
        told = [inputs_of(versions, field) for field in fields_in(versions, In.SENT) if field.name not in own]
        fields = {name: field for names in told for name, field in names.items()} | own
        if self.partial:
            fields = {name: field for name, field in fields.items() if name not in self.fixed}
        return fields

    def said(self, thing: Any) -> tuple[JSONObject, JSONObject]:
        """What was sent, as columns and as relations to many."""
        columns: dict[str, object] = {}
        links: dict[str, object] = {}
        chosen = choices_of(version_model(self.model))
        for name, value in self.validated_data.items():
            if name.endswith("_i18n"):
                columns |= {f"{name.removesuffix('_i18n')}_{language}": text for language, text in value.items()}
            elif hasattr(thing, f"{name}_{LANGUAGE_CODES[0]}"):
                columns.setdefault(f"{name}_{get_language() or 'ru'}", value)
            elif isinstance(value, list) and name not in columns_of_model(self.model):
                links[name] = value
            elif value is None and name in chosen:
                columns[name] = ""
            else:
                columns[f"{name}_date" if hasattr(type(thing), f"{name}_date") else name] = value
        return columns, links


def columns_of_model(model: type[Recorded]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def _as_sent(error: ModelError, known: set[str]) -> JSONObject:
    """``title_kk`` as ``title_i18n.kk``; what is about no field stands under the whole."""
    by_field: JSONObject = {}
    for name, errors in error.error_dict.items() if hasattr(error, "error_dict") else [("__all__", error.error_list)]:
        said = [ValidationError(text, code=failure.code or "invalid").detail[0] for failure in errors for text in failure.messages]  # type: ignore[index]
        base, _underscore, language = name.rpartition("_")
        if language in LANGUAGE_CODES and f"{base}_i18n" in known:
            by_field.setdefault(f"{base}_i18n", {})[language] = said
        else:
            by_field["non_field_errors" if name == "__all__" else name] = said
    return by_field


def insist_on_version(request: Request, version: int, changed_since: Callable[[int], list[dict[str, object]]]) -> None:
    """Raise ``Stale`` unless the request was made on this version. Ask under its lock."""
    seen = matched_versions(request)
    if version not in seen:
        text = _("It has version %(version)d by now. Look at it again and send the change anew.") % {"version": version}
        raise Stale(text, version=version, changed=changed_since(max(seen)))


def changes_since(thing: Recorded, version: int) -> list[dict[str, object]]:
    """The fields in which a thing differs from what it said at a version, with who changed each last, and when."""
    versions: Sequence[VersionRow] = list(
        version_model(type(thing))._default_manager.filter(code=thing.version_code, version__gte=version).order_by("first")
    )
    if not versions or versions[0].version != version:
        return []
    events = Event.objects.in_bulk([row.first for row in versions])
    contents = [content_of(row) for row in versions]
    last: dict[str, dict[str, object]] = {}
    fields = fields_of_columns(type(versions[0]))
    for column in sorted(contents[0]):
        if column not in fields or not fields[column].where & ANSWERED or contents[0][column] == contents[-1][column]:
            continue
        place = max(place for place in range(1, len(versions)) if contents[place][column] != contents[place - 1][column])
        event = events[versions[place].first]
        name = _field_of(column)
        last[name] = {"field": name, "by": event.actor or None, "at": event.occurred_at, "position": event.position}
    return list(last.values())


def _field_of(column: str) -> str:
    base, _underscore, suffix = column.rpartition("_")
    return base if base and suffix in {*LANGUAGE_CODES, "precision"} else column


class ThingView(RecordView, Generic[Thing]):
    """One thing by its code: read by anybody, changed and removed by editors."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": "plan", "DELETE": "plan"}
    writer: ClassVar[type[ThingInput]]
    """What a body may hold, of which model."""

    def read(self, request: Request, code: str) -> Response:
        """Subclasses: the answer to a GET."""
        raise NotImplementedError

    def write(self, change: Change, thing: Thing, sent: ThingInput, *, by: User) -> None:
        """Subclasses: hand what was sent to the service."""
        raise NotImplementedError

    def remove(self, change: Change, thing: Thing) -> None:
        """Subclasses: remove it by its service."""
        raise NotImplementedError

    def insist(self, request: Request, thing: Thing, sent: frozenset[str]) -> None:  # noqa: ARG002 - for subclasses
        """Who may change these fields, or none of them: remove it. Asked before anything that was sent is looked up."""
        insist_on_editor(user_of(request))

    def touched(self, code: str, sent: frozenset[str]) -> Iterable[Named] | None:  # noqa: ARG002 - for subclasses
        """What a change of these fields touches, where that is less than everything: ``of`` of its change."""
        return None

    def find(self, code: str) -> Any:
        return thing_or_404(self.writer.model, code)

    def get(self, request: Request, code: str) -> Response:
        return self.read(request, code)

    def patch(self, request: Request, code: str) -> Response:
        data = request.data  # read before the lock is taken: it may come slowly
        with open_change(by=user_of(request).actor, of=self.touched(code, names_of(data))) as change:
            thing = self.find(code)
            insist_on_version(request, thing.version, lambda seen: changes_since(thing, seen))
            self.insist(request, thing, names_of(data))
            sent = self.writer(thing, data=data, partial=True)
            sent.is_valid(raise_exception=True)
            self.hand_over(change, thing, sent, by=user_of(request))
            self.look_after(change)
        return self.read(request, code)

    def hand_over(self, change: Change, thing: Thing, sent: ThingInput, *, by: User) -> None:
        try:
            self.write(change, thing, sent, by=by)
        except ModelError as error:
            raise ValidationError(_as_sent(error, set(sent.fields))) from error

    def delete(self, request: Request, code: str) -> Response:
        with open_change(by=user_of(request).actor) as change:
            thing = self.find(code)
            insist_on_version(request, thing.version, lambda seen: changes_since(thing, seen))
            self.insist(request, thing, frozenset())
            try:
                self.remove(change, thing)
            except ProtectedError as error:
                raise still_used(error.protected_objects) from error
        return Response(status=204)


def thing_or_404(model: type[Thing], code: str) -> Thing:
    """The thing itself, as it is to be written; its versions are what is read."""
    thing = model._default_manager.filter(Q(code=code.replace("\x00", ""))).first()
    if thing is None:
        raise Http404
    return thing


def names_of(data: object) -> frozenset[str]:
    """The fields of a body, as far as it is an object."""
    return frozenset(data) if isinstance(data, Mapping) else frozenset()


def validated(kind: type[Input], request: Request, *, partial: bool = False) -> Any:
    """The body as that kind of input. Raises ``ValidationError``."""
    sent = kind(data=request.data, partial=partial)
    sent.is_valid(raise_exception=True)
    return sent.validated_data


def still_used(things: Iterable[Model]) -> Refused:
    names = sorted({str(getattr(thing, "version_code", None) or thing._meta.verbose_name) for thing in things})
    text = _("Something else refers to it: %(things)s.") % {"things": ", ".join(names)[:500]}
    return Refused.because("still_used", text)


class ThingListView(RecordListView):
    """All things of a kind; editors add to them. ``detail`` is the view of one."""

    scopes: ClassVar[dict[str, str]] = {"POST": "plan"}
    detail: ClassVar[type[ThingView[Any]]]

    @idempotent
    def post(self, request: Request) -> Response:
        data, view = request.data, self.view_of_one(request)
        with open_change(by=user_of(request).actor) as change:
            thing = view.writer.model()
            view.insist(request, thing, names_of(data))
            sent = view.writer(data=data)
            sent.is_valid(raise_exception=True)
            view.hand_over(change, thing, sent, by=user_of(request))
        return created(self, view, thing.version_code)

    def view_of_one(self, request: Request) -> ThingView[Any]:
        view = self.detail()
        view.request, view.format_kwarg, view.args, view.kwargs = request, None, (), {}
        return view


def created(listing: RecordView, view: ThingView[Any], code: str) -> Response:
    """201 with the thing as its own address answers it."""
    listing.look_again()
    view.moment, view.digest = listing.moment, listing.digest
    response: Response = view.read(listing.request, code)
    response.status_code = 201
    response.headers["Location"] = response.data["url"]
    return response
