from django.urls import path

from notifications import views
from proposals.addresses import of_reports

PROPOSAL, OWNER = {"scope": "proposal"}, {"scope": "owner"}
urlpatterns = [
    *of_reports(
        path("follow/", views.follow, name="follow"),
        path("feed.atom", views.atom, name="feed"),
        path("organisations/<str:code>/feed.atom", views.atom, OWNER, name="feed_owner"),
        path("calendar.ics", views.calendar, name="ics"),
        path("organisations/<str:code>/calendar.ics", views.calendar, OWNER, name="ics_owner"),
    ),
    path("follow/asked/", views.follow_asked, name="follow_asked"),
    path("follow/confirm/<str:token>/", views.follow_confirm, name="follow_confirm"),
    path("follow/leave/<str:key>/", views.unfollow, name="unfollow"),
    path("proposals/<str:code>/feed.atom", views.atom, PROPOSAL, name="feed_proposal"),
    path("proposals/<str:code>/calendar.ics", views.calendar, PROPOSAL, name="ics_proposal"),
]
