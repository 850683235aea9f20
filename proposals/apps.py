from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProposalsConfig(AppConfig):
    name = "proposals"
    verbose_name = _("Report and proposals")

    def ready(self) -> None:
        from proposals import remits  # noqa: F401 - adds what a remit can name
