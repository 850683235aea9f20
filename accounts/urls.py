"""Signing in and out, one's own account, and setting a password."""

from django.contrib.auth import views
from django.urls import path

from accounts.views import account, door, sso

app_name = "accounts"
urlpatterns = [
    path("", account.account, name="account"),
    path("login/", door.LoginView.as_view(), name="login"),
    path("second-factor/", door.second_factor, name="second_factor"),
    path("second-factor/set-up/", door.set_up, name="set_up"),
    path("sso/", sso.go, name="sso"),
    path("sso/back/", sso.back, name="sso_back"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("password/reset/", account.PasswordResetView.as_view(), name="password_reset"),
    path(
        "password/reset/sent/",
        views.PasswordResetDoneView.as_view(template_name="accounts/password_reset_done.html"),
        name="password_reset_done",
    ),
    path("password/set/<uidb64>/<token>/", account.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path(
        "password/set/done/",
        views.PasswordResetCompleteView.as_view(template_name="accounts/password_set_done.html"),
        name="password_set_done",
    ),
    path("password/change/", account.PasswordChangeView.as_view(), name="password_change"),
]
