from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications.webhooks.fanning import tell_webhooks
        from record.services import announced

        announced.append(tell_webhooks)
