"""The form by which readers ask to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import OneLineField, offer
from notifications.following import whole
from notifications.models import FREQUENCIES
from proposals.models import OrganisationVersion, ProposalVersion, ReportVersion

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class FollowForm(forms.Form):
    """``scope`` becomes a pair: ``("proposal", "SM")``. Proposals stand under their report, which can be followed itself where it is one
    of several. ``website`` is seen by programs only, which fill it in."""

    scope = forms.ChoiceField(label=_("What"), required=False)
    frequency = forms.ChoiceField(label=_("How often"), choices=FREQUENCIES, initial="weekly", widget=forms.RadioSelect)
    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    website = OneLineField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        reports = {report.code: report for report in ReportVersion.objects.current().order_by("code").defer("search")}
        owners = OrganisationVersion.objects.current().order_by("order", "code").defer("search")
        of_report: dict[str, list[tuple[str, StrOrPromise]]] = {
            code: [(f"report:{code}", _("the whole report %(code)s") % {"code": code})] if len(reports) > 1 else [] for code in reports
        }
        for proposal in ProposalVersion.objects.current().order_by("report", "order", "code").defer("search"):
            of_report[proposal.report].append((f"proposal:{proposal.code}", f"{proposal.code} – {proposal.title}"))
        groups = [
            *((reports[code].title if len(reports) > 1 else _("Proposals"), choices) for code, choices in of_report.items()),
            (_("Organisations"), [(f"owner:{owner.code}", owner.name) for owner in owners]),
        ]
        self.whole = whole(len(reports))
        offer(self, "scope", [("", self.whole), *groups])
        self.scopes = {scope for _group, choices in groups for scope, _title in choices}

    def clean_scope(self) -> tuple[str, str]:
        scope, _sign, code = self.cleaned_data["scope"].partition(":")
        return (scope, code) if scope else ("roadmap", "")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if not email.isascii() or "\x00" in email:
            raise ValidationError(_("Write the address in Latin letters."), code="invalid")
        return email
