"""Accounts in the admin: administrators only. A new account is invited by mail and sets its own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from accounts.models import Token, User
from accounts.roles import Role
from accounts.services import invite

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

admin.site.unregister(Group)


class AdministratorsAdmin:
    """Only administrators see and change it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may(Role.ADMINISTRATOR)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return self.has_module_permission(request)

    has_change_permission = has_view_permission


class InvitationForm(forms.ModelForm[User]):
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


@admin.register(User)
class UserAdmin(AdministratorsAdmin, DjangoUserAdmin[User]):
    add_form = InvitationForm
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
    actions = ("invite_again",)

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
        waiting = [user for user in queryset if user.email and not user.has_usable_password()]
        for user in waiting:
            invite(user)
        self.message_user(request, _("Invitations sent: %(number)d") % {"number": len(waiting)})


@admin.register(Token)
class TokenAdmin(AdministratorsAdmin, admin.ModelAdmin[Token]):
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
