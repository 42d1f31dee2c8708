"""The project as a Django application (commands, templates, checks) and its admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ProjectConfig(AppConfig):
    """Commands, templates, translations and start-up checks that belong to no stage."""

    name = "config"
    default = True

    def ready(self) -> None:
        # Registers the checks, and makes ours the Celery application to which tasks are sent.
        from config import celery, checks  # noqa: F401, PLC0415


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin with this project's titles and index."""

    default = False
    default_site = "config.admin.RegistryAdminSite"
