"""Every address of the site: each app brings its own."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from accounts.views.door import admin_login

admin.site.login = admin_login  # type: ignore[method-assign,assignment]
admin.site.site_header = admin.site.site_title = _("Roadmap tracker")

urlpatterns = [
    path("api/v1/", include("roadmap.api_urls")),  # first: a program asks most often, and what stands before it is tried first
    path("desk/integrations/", include("notifications.integrations.urls")),
    path("desk/", include("milestones.desk.urls")),
    path("accounts/", include("accounts.urls")),
    path("record/", include("record.log.urls")),
    path("admin/", admin.site.urls),
    path("", include("milestones.urls")),
    path("", include("proposals.urls")),
    path("", include("notifications.urls")),
    path("", include("exports.urls")),
    path("", include("pages.urls")),
    path("", include("operations.urls")),
]

handler400 = "pages.views.errors.bad_request"
handler403 = "pages.views.errors.forbidden"
handler404 = "pages.views.errors.not_found"
handler503 = "pages.views.errors.unavailable"  # of ours: common.middleware
handler500 = "pages.views.errors.server_error"
