from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class RecordConfig(AppConfig):
    name = "record"
    verbose_name = _("Record")

    def ready(self) -> None:
        from record.guard import check_guard, check_time_zone
        from record.log import verify  # noqa: F401 - adds its part to verify_record

        register(check_guard, Tags.database)
        register(check_time_zone, Tags.database)
