from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications.webhooks.sending import wake  # noqa: PLC0415 - needs the app registry
        from record.services import announced  # noqa: PLC0415 - needs the app registry

        announced.append(wake)
