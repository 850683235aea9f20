from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from common import queries, request_ids
        from operations import tasks_seen

        connection_created.connect(queries.watch, dispatch_uid="queries.watch")
        request_finished.connect(request_ids.work_for_nobody, dispatch_uid="request_ids.work_for_nobody")
        tasks_seen.watch()
