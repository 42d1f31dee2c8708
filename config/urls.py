"""Addresses: the API, its documentation, the token endpoint and the admin."""

from django.contrib import admin
from django.urls import include, path

from config import documentation, metrics, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("registry/v1/", include("attestations.api.urls")),
    path("registry/v1/", include("partners.api.urls")),
    path("registry/v1/doc", documentation.interactive, name="api-documentation"),
    path("registry/v1/doc/openapi.json", documentation.openapi_json, name="openapi-json"),
    path("registry/v1/doc/openapi.yaml", documentation.openapi_yaml, name="openapi-yaml"),
    path("", include("partners.oauth_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", admin.site.urls),
]
