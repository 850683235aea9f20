"""Forms of the source side."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import PlannedDateField
from proposals.models import IndicatorValue


class IndicatorValueForm(forms.ModelForm[IndicatorValue]):
    """A measured value; the date is typed as one word, as everywhere."""

    measured_on = PlannedDateField(label=_("date"), help_text=_("30 Jun 2027, Jun 2027, 2027 Q2 or 2027."))
    value = forms.DecimalField(label=_("value"), max_digits=20, decimal_places=4)

    class Meta:
        model = IndicatorValue
        fields = ("indicator", "value", "qualifier", "source_title", "source_address", "note")
