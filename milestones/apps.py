from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MilestonesConfig(AppConfig):
    name = "milestones"
    verbose_name = _("Milestones and assessments")

    def ready(self) -> None:
        from milestones import verify  # noqa: F401 - adds its part to verify_record
