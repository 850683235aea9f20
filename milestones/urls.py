from django.urls import path

from milestones import views

app_name = "milestones"
urlpatterns = [
    path("milestones/", views.milestone_list, name="list"),
    path("milestones/<str:code>/", views.milestone_detail, name="detail"),
    path("evidence/<uuid:uid>/file/", views.evidence_file, name="evidence_file"),
]
