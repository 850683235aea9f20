from django.urls import path

from proposals import views

app_name = "proposals"
urlpatterns = [
    path("reports/<str:code>/", views.report_detail, name="report_detail"),
]
