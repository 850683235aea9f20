"""The addresses of the site, and beside them those of the references."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from benchmarks import references

router = SimpleRouter()
router.register("tables", references.TableViewSet, basename="bench-table")
router.register("versions", references.VersionViewSet, basename="bench-version")
router.register("detail", references.DetailViewSet, basename="bench-detail")
router.register("patch", references.PatchViewSet, basename="bench-patch")
urlpatterns = [
    path("api/bench/bare/", references.bare),
    path("api/bench/", include(router.urls)),
    path("", include("roadmap.urls")),
]
