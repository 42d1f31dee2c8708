"""The admin site: what an administrator sees and may do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

# In the order of the flow; what is not listed comes after it.
STAGES = {
    "attestations": (
        _("1. Attestations"),
        _("What the CPAS decided, what is attested, and what should be and is not."),
    ),
    "derived_rights": (
        _("2. Rights"),
        _("Which rights are on, and to whom they apply, when and why."),
    ),
    "partners": (
        _("3. Partners"),
        _("Who may be told what, who was told, and what still waits."),
    ),
    "oauth2_provider": (
        _("Open sessions"),
        _("Which programs hold an access token now; deleting one ends it."),
    ),
    "auth": (
        _("Administrators"),
        _("Who may use these pages, and for what."),
    ),
}
# Models of libraries whose own names stand in no other language.
NAMES = {"AccessToken": _("Access tokens")}


class RegistryAdminSite(admin.AdminSite):
    """Django's admin by stage, with some pages more; no history is editable in it."""

    site_header = _("Attestation registry")
    site_title = _("Attestation registry")
    index_title = _("What would you like to look at?")
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # The models are loaded only after the site is made.
        from config import admin_pages  # noqa: PLC0415
        from config.rules import urls  # noqa: PLC0415

        return [
            *urls.paths(self.admin_view),
            path("find-person/", self.admin_view(admin_pages.find_person), name="find-person"),
            path("ticket/", self.admin_view(admin_pages.ticket), name="ticket"),
            *super().get_urls(),
        ]

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        order = list(STAGES)
        stages = super().get_app_list(request, app_label)
        for stage in stages:
            name, sentence = STAGES.get(stage["app_label"], (stage["name"], ""))
            stage.update(name=name, sentence=sentence)
            for model in stage["models"]:
                model["name"] = NAMES.get(model["object_name"], model["name"])
        return sorted(
            stages,
            key=lambda stage: (
                order.index(stage["app_label"]) if stage["app_label"] in STAGES else len(order)
            ),
        )
