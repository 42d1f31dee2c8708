"""Django application of derived rights."""

from django.apps import AppConfig


class DerivedRightsConfig(AppConfig):
    name = "derived_rights"
