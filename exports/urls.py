"""Files for readers."""

from django.urls import path

from exports import views
from proposals.addresses import of_reports

urlpatterns = [
    *of_reports(
        path("milestones.<str:ending>", views.milestones_file, name="milestones_file"),
        path("compare.<str:ending>", views.compare_file, name="compare_file"),
        path("exports/", views.exports, name="exports"),
    ),
    path("exports/ask/", views.ask_export, name="ask_export"),
    path("exports/<uuid:uid>/", views.export, name="export"),
    path("exports/<uuid:uid>/file/", views.export_file, name="export_file"),
]
