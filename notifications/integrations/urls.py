from django.urls import path

from notifications.integrations import views

app_name = "integrations"
urlpatterns = [
    path("", views.index, name="index"),
    path("webhooks/add/", views.add, name="add"),
    path("webhooks/<uuid:uid>/", views.webhook, name="webhook"),
]
