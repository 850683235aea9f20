from django.urls import path

from milestones import views
from proposals.addresses import of_reports

app_name = "milestones"
urlpatterns = [
    *of_reports(
        path("milestones/", views.milestone_list, name="list"),
        path("series/", views.series_list, name="series_list"),
    ),
    path("milestones/<str:code>/", views.milestone_detail, name="detail"),
    path("milestones/<str:code>/card/", views.milestone_card, name="card"),
    path("series/<str:code>/", views.series_detail, name="series_detail"),
    path("evidence/<uuid:uid>/file/", views.evidence_file, name="evidence_file"),
]
