from django.urls import path

from milestones.desk import batches, here, recording, reviewing, views, withdrawing
from milestones.spreadsheets import views as spreadsheets

app_name = "desk"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("milestones/<str:code>/", recording.record, name="record"),
    path("milestones/<str:code>/autosave/", recording.autosave, name="autosave"),
    path("milestones/<str:code>/discard/", recording.discard, name="discard"),
    path("milestones/<str:code>/confirm/", recording.confirm, name="confirm"),
    path("milestones/<str:code>/dates/", views.dates, name="dates"),
    path("here/", here.here, name="here"),
    path("look/", recording.look, name="look"),
    path("assessments/<uuid:uid>/", reviewing.assessment, name="assessment"),
    path("rounds/", reviewing.rounds, name="rounds"),
    path("rounds/<uuid:uid>/", reviewing.round_detail, name="round"),
    path("batch/", batches.batch, name="batch"),
    path("batches/<uuid:uid>/", batches.batch_detail, name="batch_detail"),
    path("evidence/<uuid:uid>/", views.evidence, name="evidence"),
    path("withdraw/<slug:kind>/<int:pk>/", withdrawing.withdrawal, name="withdraw"),
    path("files/", spreadsheets.files, name="files"),
    path("files/<str:kind>.<str:ending>", spreadsheets.export, name="export"),
]
