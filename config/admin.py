"""The admin site: what an administrator sees and may do."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class RegistryAdminSite(admin.AdminSite):
    """Django's admin under the project's name; no history is editable in it."""

    site_header = _("Attestation registry")
    site_title = _("Attestation registry")
    index_title = _("What would you like to look at?")
