from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from accounts.sign_ins import begin, over

        user_logged_in.connect(begin, dispatch_uid="accounts.begin")
        user_logged_out.connect(over, dispatch_uid="accounts.over")
