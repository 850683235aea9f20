from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from roadmap.celery import app
from roadmap.checks import check_settings


class RoadmapConfig(AppConfig):
    name = "roadmap"
    verbose_name = _("Roadmap")
    celery = app
    """Loaded with the apps, so that every process that wakes a task knows the broker."""

    def ready(self) -> None:
        from record.covering import cover_the_rest
        from record.guard import put_guard

        register(check_settings, Tags.security)
        # The last app that has tables: when its signal comes, every table is there.
        for put in (put_guard, cover_the_rest):
            post_migrate.connect(put, sender=apps.get_app_config("milestones"), dispatch_uid=put.__name__)
