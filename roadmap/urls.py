"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from roadmap.views import dashboard, errors, methodology, preview, proposals

admin.site.site_header = admin.site.site_title = _("Roadmap tracker")

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("", include("milestones.urls")),
    path("", include("proposals.urls")),
    path("proposals/", proposals.proposal_list, name="proposal_list"),
    path("proposals/<str:code>/", proposals.proposal_detail, name="proposal_detail"),
    path("organisations/", proposals.organisation_list, name="organisation_list"),
    path("organisations/<str:code>/", proposals.organisation_detail, name="organisation_detail"),
    path("methodology/", methodology.methodology, name="methodology"),
    path("desk/rounds/<uuid:uid>/preview/", preview.preview_round, name="preview_round"),
    path("desk/rounds/<uuid:uid>/preview/<str:code>/", preview.preview_round, name="preview_milestone"),
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
handler500 = "roadmap.views.errors.server_error"
