from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RoadmapConfig(AppConfig):
    name = "roadmap"
    verbose_name = _("Roadmap")

    def ready(self) -> None:
        from record.guard import put_guard  # noqa: PLC0415 - needs the app registry
        from roadmap import checks  # noqa: F401, PLC0415 - registers the checks of the settings

        # The last app that has tables: when its signal comes, every table is there.
        post_migrate.connect(put_guard, sender=apps.get_app_config("milestones"), dispatch_uid="record_guard")
