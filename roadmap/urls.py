"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from roadmap.views import (
    about,
    calendar,
    changes,
    charts,
    dashboard,
    errors,
    exports,
    methodology,
    preview,
    proposals,
    readers,
    search,
    slippage,
    source,
    timeline,
)

admin.site.site_header = admin.site.site_title = _("Roadmap tracker")

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("", include("milestones.urls")),
    path("", include("proposals.urls")),
    path("proposals/", proposals.proposal_list, name="proposal_list"),
    path("proposals/<str:code>/", proposals.proposal_detail, name="proposal_detail"),
    path("organisations/", proposals.organisation_list, name="organisation_list"),
    path("organisations/<str:code>/", proposals.organisation_detail, name="organisation_detail"),
    path("reports/<str:code>/overview/", dashboard.report_dashboard, name="report_dashboard"),
    path("risks/", source.risk_list, name="risk_list"),
    path("risks/<str:code>/", source.risk_detail, name="risk_detail"),
    path("indicators/", source.indicator_list, name="indicator_list"),
    path("indicators/<str:code>/", source.indicator_detail, name="indicator_detail"),
    path("changes/", changes.changes, name="changes"),
    path("slippage/", slippage.slippage, name="slippage"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("search/", search.search_page, name="search"),
    *(
        path(f"about/{page}/", about.about, {"page": page}, name=f"about_{page}")
        for page in ("cite", "licence", "privacy", "accessibility")
    ),
    path("methodology/", methodology.methodology, name="methodology"),
    path("timeline/", timeline.timeline_page, name="timeline"),
    path("timeline.<str:ending>", timeline.timeline_file, name="timeline_file"),
    path("charts/<str:name>.<str:ending>", charts.chart, name="chart"),
    path("milestones.<str:ending>", exports.milestones_file, name="milestones_file"),
    path("exports/", exports.exports, name="exports"),
    path("exports/ask/", exports.ask_export, name="ask_export"),
    path("exports/<uuid:uid>/", exports.export, name="export"),
    path("exports/<uuid:uid>/file/", exports.export_file, name="export_file"),
    path("report-an-error/", readers.report_error_page, name="report_error"),
    path("report-an-error/<uuid:uid>/", readers.error_report, name="error_report"),
    path("saved-views/", readers.saved_views, name="saved_views"),
    path("", include("notifications.urls")),
    path("desk/errors/<uuid:uid>/", readers.close_error, name="close_error"),
    path("desk/rounds/<uuid:uid>/preview/", preview.preview_round, name="preview_round"),
    path("desk/rounds/<uuid:uid>/preview/<str:code>/", preview.preview_round, name="preview_milestone"),
    path("desk/integrations/", include("notifications.integrations.urls")),
    path("desk/", include("milestones.desk.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("roadmap.api.urls")),
    path("healthz", errors.healthz, name="healthz"),
    path("readyz", errors.readyz, name="readyz"),
    path("favicon.ico", errors.favicon, name="favicon"),
    path("robots.txt", errors.robots, name="robots"),
]
handler400 = "roadmap.views.errors.bad_request"
handler403 = "roadmap.views.errors.forbidden"
handler404 = "roadmap.views.errors.not_found"
handler503 = "roadmap.views.errors.unavailable"  # of ours: common.middleware
handler500 = "roadmap.views.errors.server_error"
