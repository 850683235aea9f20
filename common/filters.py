"""Filters for pages and API alike: several values by comma, and an unknown value is an error."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField
from django_filters.widgets import BaseCSVWidget
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

MOST_VALUES, LONGEST_TEXT = 100, 200
YES_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Words(BaseCSVWidget):
    """Reads ``?status=late,at_risk`` and also ``?status=late&status=at_risk``, as check boxes send it."""

    @override
    def value_from_datadict(self, data: Any, files: object, name: str) -> list[str] | None:
        values = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if data.get(name) else []
        words = [word.strip() for value in values for word in str(value).split(",")]
        return [word for word in words if word] or None


class WordsField(forms.Field):
    """A list of words out of ``known``, which is asked once, and only when there are words."""

    widget = Words

    def __init__(self, *, known: Callable[[], Iterable[str]], **options: Any) -> None:
        self.known = known
        super().__init__(**options)

    def clean(self, value: object) -> list[str]:
        words = list(dict.fromkeys(super().clean(value) or []))
        if len(words) > MOST_VALUES:
            raise forms.ValidationError(_("Too many values."), code="too_many")
        known = set(self.known()) if words else set()
        if unknown := [word for word in words if word not in known]:
            shown = ", ".join(sorted(known)) if len(known) <= MOST_VALUES else ""
            message = _("%(value)s is not known. Known: %(known)s.") if shown else _("%(value)s is not known.")
            raise forms.ValidationError(message, code="unknown_value", params={"value": unknown[0][:100], "known": shown})
        return words


class WordsFilter(django_filters.Filter):
    """``name`` is one of several words."""

    field_class = WordsField

    def __init__(self, *, known: Callable[[Any], Iterable[str]], **options: object) -> None:
        """``known`` is given the moment that the request reads: a word of then may be none today."""
        options.setdefault("lookup_expr", "in")
        super().__init__(**options)
        self.known = known

    @property
    def field(self) -> Any:
        self.extra["known"] = lambda: self.known(self.parent.request.moment)
        return super().field


class YesNoField(forms.Field):
    widget = forms.TextInput

    def clean(self, value: object) -> bool | None:
        if value in (None, ""):
            return None
        if str(value).lower() not in YES_NO:
            raise forms.ValidationError(_("Write true or false."), code="unknown_value")
        return YES_NO[str(value).lower()]


class YesNoFilter(django_filters.Filter):
    field_class = YesNoField


class TextField(forms.CharField):
    """Free text to search for; bounded, and empty is no search."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_TEXT, strip=True, **options)


class TextFilter(django_filters.Filter):
    field_class = TextField


class MomentField(IsoDateTimeField):
    """An instant, in UTC at once: databases know no offset of sixteen hours."""

    def clean(self, value: object) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment.astimezone(UTC) if moment else moment
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(django_filters.Filter):
    field_class = MomentField
