from django.urls import path

from notifications import views

PROPOSAL, OWNER = {"scope": "proposal"}, {"scope": "owner"}
urlpatterns = [
    path("follow/", views.follow, name="follow"),
    path("follow/asked/", views.follow_asked, name="follow_asked"),
    path("follow/confirm/<str:token>/", views.follow_confirm, name="follow_confirm"),
    path("follow/leave/<str:key>/", views.unfollow, name="unfollow"),
    path("feed.atom", views.atom, name="feed"),
    path("proposals/<str:code>/feed.atom", views.atom, PROPOSAL, name="feed_proposal"),
    path("organisations/<str:code>/feed.atom", views.atom, OWNER, name="feed_owner"),
    path("calendar.ics", views.calendar, name="ics"),
    path("proposals/<str:code>/calendar.ics", views.calendar, PROPOSAL, name="ics_proposal"),
    path("organisations/<str:code>/calendar.ics", views.calendar, OWNER, name="ics_owner"),
]
