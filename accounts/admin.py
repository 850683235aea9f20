"""Accounts in the admin: administrators only. A new account is invited by mail and sets its own password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.factors import remove_all
from accounts.models import Token, User
from accounts.remits import unknown_in
from accounts.roles import Role
from accounts.services import invite
from accounts.sign_ins import end_all
from accounts.tokens import revoke_token
from common.admin import ListedLookups

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

admin.site.unregister(Group)


class AdministratorsAdmin(ListedLookups):
    """Only administrators see and change it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may(Role.ADMINISTRATOR)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return self.has_module_permission(request)

    has_change_permission = has_view_permission


class RemitForm(forms.ModelForm[User]):
    """A remit that names what there is not would be a right to nothing, or, once such a code is given, to something nobody meant. What
    stood in it before may stay."""

    def clean_remit(self) -> list[str]:
        remit: list[str] = self.cleaned_data["remit"]
        if unknown := unknown_in(set(remit) - set(self.instance.remit)):
            text = _("There is no report, proposal or organisation “%(code)s”.")
            raise forms.ValidationError([forms.ValidationError(text, code="unknown", params={"code": code}) for code in unknown])
        return remit


class AccountForm(RemitForm, UserChangeForm):  # type: ignore[type-arg]
    class Meta(UserChangeForm.Meta):
        model = User
        fields = ("remit",)  # type: ignore[assignment]  # the administration names the others


class InvitationForm(RemitForm):
    """No password: the mail lets the person choose it."""

    email = forms.EmailField(label=_("e-mail address"))

    class Meta:
        model = User
        fields = ("username", "email", "role", "remit", "public_name", "organisation", "language")

    @override
    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A password that an administrator sets ends all sessions."""

    @override
    def save(self, commit: bool = True) -> Any:
        end_all(self.user)
        return super().save(commit)


@admin.register(User)
class UserAdmin(AdministratorsAdmin, DjangoUserAdmin[User]):
    form = AccountForm
    add_form = InvitationForm
    change_password_form = PasswordForm
    list_display = ("username", "email", "role", "public_name", "organisation", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "email", "public_name")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("email", "public_name", "organisation", "language", "time_zone")}),
        (_("Rights"), {"fields": ("role", "remit", "is_active")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "role", "remit", "public_name", "organisation", "language")}),)
    actions = ("invite_again", "remove_second_factors")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An account that has acted stays and is switched off: the record names it."""
        return False

    @override
    def save_model(self, request: HttpRequest, obj: User, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            invite(obj)

    @admin.action(description=_("Send the invitation again"))
    def invite_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        number = sum(invite(user) for user in queryset)
        self.message_user(request, _("Invitations sent: %(number)d") % {"number": number})

    @admin.action(description=_("Remove the second factors of whoever has lost them"))
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """The rest is as at a first sign-in: the mail tells them, and their sessions are over."""
        helped = [user for user in queryset if remove_all(user, now=timezone.now())]
        for user in helped:
            end_all(user)
        self.message_user(request, _("Accounts without second factors now: %(number)d") % {"number": len(helped)})


@admin.register(Token)
class TokenAdmin(AdministratorsAdmin):
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at", "last_used_from", "revoked_at")
    list_select_related = ("user",)
    list_filter = ("revoked_at",)
    search_fields = ("name", "user__username")
    ordering = ("-created_at",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        number = sum(revoke_token(token) for token in queryset)
        self.message_user(request, _("Tokens revoked: %(number)d") % {"number": number})

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
