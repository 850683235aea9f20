from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = _("Files")

    def ready(self) -> None:
        from exports.making import delete_withdrawn
        from milestones.withdrawing import withdrawn

        withdrawn.append(delete_withdrawn)
