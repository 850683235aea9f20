"""Pages that span the apps, and the addresses that watchers ask."""

from django.urls import path

from pages.views import (
    about,
    calendar,
    changes,
    charts,
    dashboard,
    errors,
    methodology,
    preview,
    proposals,
    readers,
    search,
    slippage,
    source,
    timeline,
)

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
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
    path("report-an-error/", readers.report_error_page, name="report_error"),
    path("report-an-error/<uuid:uid>/", readers.error_report, name="error_report"),
    path("saved-views/", readers.saved_views, name="saved_views"),
    path("desk/errors/<uuid:uid>/", readers.close_error, name="close_error"),
    path("desk/rounds/<uuid:uid>/preview/", preview.preview_round, name="preview_round"),
    path("desk/rounds/<uuid:uid>/preview/<str:code>/", preview.preview_round, name="preview_milestone"),
    path("healthz", errors.healthz, name="healthz"),
    path("readyz", errors.readyz, name="readyz"),
    path("favicon.ico", errors.favicon, name="favicon"),
    path("robots.txt", errors.robots, name="robots"),
]
