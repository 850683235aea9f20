"""Pages that span the apps, and the addresses that watchers ask."""

from django.urls import path

from pages.views import (
    about,
    calendar,
    changes,
    charts,
    compare,
    components,
    dashboard,
    embed,
    errors,
    methodology,
    preview,
    proposals,
    readers,
    search,
    sharing,
    slippage,
    source,
    timeline,
)
from proposals.addresses import of_reports

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("reports/", dashboard.report_list, name="report_list"),
    path("reports/<str:code>/overview/", dashboard.report_dashboard, name="report_dashboard"),
    *of_reports(
        path("proposals/", proposals.proposal_list, name="proposal_list"),
        path("organisations/", proposals.organisation_list, name="organisation_list"),
        path("risks/", source.risk_list, name="risk_list"),
        path("indicators/", source.indicator_list, name="indicator_list"),
        path("changes/", changes.changes, name="changes"),
        path("slippage/", slippage.slippage, name="slippage"),
        path("compare/", compare.compare, name="compare"),
        path("calendar/", calendar.calendar, name="calendar"),
        path("search/", search.search_page, name="search"),
        path("search/suggestions/", search.search_suggestions, name="search_suggestions"),
        path("timeline/", timeline.timeline_page, name="timeline"),
        path("timeline.<str:ending>", timeline.timeline_file, name="timeline_file"),
    ),
    path("proposals/<str:code>/", proposals.proposal_detail, name="proposal_detail"),
    path("organisations/<str:code>/", proposals.organisation_detail, name="organisation_detail"),
    path("risks/<str:code>/", source.risk_detail, name="risk_detail"),
    path("indicators/<str:code>/", source.indicator_detail, name="indicator_detail"),
    *(
        path(f"about/{page}/", about.about, {"page": page}, name=f"about_{page}")
        for page in ("cite", "licence", "privacy", "accessibility", "security")
    ),
    path("about/components/", components.components, name="components"),
    path("methodology/", methodology.methodology, name="methodology"),
    path("charts/<str:name>.<str:ending>", charts.chart, name="chart"),
    path("embed/milestones/<str:code>/", embed.milestone, name="embed_milestone"),
    path("embed/charts/<str:name>/", embed.chart, name="embed_chart"),
    path("embed/timeline/", embed.timeline_frame, name="embed_timeline"),
    path("oembed/", sharing.oembed, name="oembed"),
    path("cards/<str:name>.<str:ending>", sharing.card, name="card"),
    path("cite/<str:name>.<str:ending>", sharing.cite, name="cite"),
    path("sitemap.xml", sharing.sitemap, name="sitemap"),
    path("report-an-error/", readers.report_error_page, name="report_error"),
    path("report-an-error/<uuid:uid>/", readers.error_report, name="error_report"),
    path("saved-views/", readers.saved_views, name="saved_views"),
    path("desk/errors/<uuid:uid>/", readers.close_error, name="close_error"),
    path("desk/rounds/<uuid:uid>/preview/", preview.preview_round, name="preview_round"),
    path("desk/rounds/<uuid:uid>/preview/<str:code>/", preview.preview_round, name="preview_milestone"),
    path("favicon.ico", errors.favicon, name="favicon"),
    path(".well-known/security.txt", about.security_txt, name="security_txt"),
    path("robots.txt", errors.robots, name="robots"),
]
