from django.urls import path

from proposals import views

app_name = "proposals"
urlpatterns = [
    path("risks/", views.risk_list, name="risk_list"),
    path("risks/<str:code>/", views.risk_detail, name="risk_detail"),
    path("reports/<str:code>/", views.report_detail, name="report_detail"),
]
