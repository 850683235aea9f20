"""Two people at the same form: changes to different fields both go in, the same field shows both and asks.

The form carries what each field said when it was shown (Django's hidden initial values). When it comes back,
three texts are compared: what was seen, what was typed, what is there now. No lock is held while people type,
and nothing typed is ever thrown away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping


class MergingForm(forms.BaseForm):
    """Mix in before a form class whose ``initial`` (or instance) is read anew, under the lock, when the form comes back.

    A field that nobody typed into takes what is there now. One that somebody else changed as well is refused once,
    showing both; sent again, it wins. ``conflicts`` has the names of such fields.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflicts: list[str] = []
        # What a program fills in carries nothing of what was seen: then there is nothing to compare with.
        if self.is_bound and not any(self.add_initial_prefix(name) in self.data for name in self.fields):
            return
        for field in self.fields.values():
            if not field.disabled and not isinstance(field, forms.FileField):
                field.show_hidden_initial = True

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, field in self.fields.items():
            if field.show_hidden_initial:
                self._merge(name, field)

    def _merge(self, name: str, field: forms.Field) -> None:
        there = self.add_initial_prefix(name)
        seen_raw = field.hidden_widget().value_from_datadict(self.data, self.files, there)
        now, typed = self.get_initial_for_field(field, name), self[name].data
        try:
            seen = field.to_python(seen_raw)
        except ValidationError:
            return
        if not _differ(field, now, field.prepare_value(seen)):
            return  # nobody else was here
        if not _differ(field, seen, typed):
            self._take(name, field, now)
        elif _differ(field, now, typed):
            self._ask(name, field, now, typed)

    def _take(self, name: str, field: forms.Field, now: object) -> None:
        self.errors.pop(name, None)
        prepared = field.prepare_value(now)
        self._put(self.add_prefix(name), prepared)
        self._put(self.add_initial_prefix(name), prepared)  # to ``changed_data`` it is no change of ours
        try:
            self.cleaned_data[name] = field.clean(_raw(prepared))
        except ValidationError as error:
            self.add_error(name, error)

    def _ask(self, name: str, field: forms.Field, now: object, typed: object) -> None:
        self.conflicts.append(name)
        self._put(self.add_initial_prefix(name), field.prepare_value(now))
        message = _(
            "Somebody changed this meanwhile to “%(now)s”. You typed “%(typed)s”, which is kept here: "
            "save again to put it in, or change it."
        )
        shown = {"now": _shown(field, now), "typed": _shown(field, typed)}
        self.add_error(name, ValidationError(message, code="changed_meanwhile", params=shown))

    def _put(self, name: str, value: object) -> None:
        data = self.data.copy() if isinstance(self.data, MultiValueDict) else dict(self.data)
        if isinstance(value, list | tuple) and isinstance(data, MultiValueDict):
            data.setlist(name, [str(_raw(part)) for part in value])
        else:
            data[name] = "" if value is None else str(value)
        self.data: Mapping[str, object] = data


def _differ(field: forms.Field, value: object, other: object) -> bool:
    """As the field sees it; texts without regard to how their lines end and to what a browser or the field trims."""
    if isinstance(value, str) and isinstance(other, str):
        return _trimmed(value) != _trimmed(other)
    return field.has_changed(value, other)


def _trimmed(text: str) -> str:
    return "\n".join(text.splitlines()).strip()


def _raw(value: object) -> object:
    """As a browser would send it: things by their key."""
    if isinstance(value, list | tuple):
        return [_raw(part) for part in value]
    return getattr(value, "pk", value)


def _shown(field: forms.Field, value: object) -> str:
    """A value in words, as far as the field knows them."""
    raw = _raw(field.prepare_value(value))
    choices = dict(getattr(field, "choices", ()) or ()) if not hasattr(field, "queryset") else {}
    if isinstance(raw, list):
        return ", ".join(str(choices.get(part, part)) for part in raw) or "–"
    return str(choices.get(raw, raw) if raw not in (None, "") else "–")
