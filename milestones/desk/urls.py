from django.urls import path

from milestones.desk import recording, reviewing, views, withdrawing

app_name = "desk"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("milestones/<str:code>/", recording.record, name="record"),
    path("milestones/<str:code>/autosave/", recording.autosave, name="autosave"),
    path("milestones/<str:code>/discard/", recording.discard, name="discard"),
    path("milestones/<str:code>/confirm/", recording.confirm, name="confirm"),
    path("milestones/<str:code>/dates/", views.dates, name="dates"),
    path("look/", recording.look, name="look"),
    path("assessments/<uuid:uid>/", reviewing.assessment, name="assessment"),
    path("rounds/", reviewing.rounds, name="rounds"),
    path("rounds/<uuid:uid>/", reviewing.round_detail, name="round"),
    path("batch/", views.batch, name="batch"),
    path("batches/<uuid:uid>/", views.batch_detail, name="batch_detail"),
    path("evidence/<uuid:uid>/", views.evidence, name="evidence"),
    path("withdraw/<slug:kind>/<int:pk>/", withdrawing.withdrawal, name="withdraw"),
    path("files/", views.files, name="files"),
    path("files/<str:kind>.<str:ending>", views.export, name="export"),
]
