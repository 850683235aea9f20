"""``/record/``: what C2SP calls the prefix of the log."""

from django.urls import path

from record.log import views

urlpatterns = [
    path("checkpoint", views.checkpoint, name="record_checkpoint"),
    path("keys", views.keys, name="record_keys"),
    path("proof/<str:position>", views.proof, name="record_proof"),
    path("consistency", views.consistency, name="record_consistency"),
    path("tile/<str:level>/<path:place>", views.tile, name="record_tile"),
]
