"""The addresses of the pages about the rules; a person stands in them under our own number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from config.rules import explanations, pages, proposals

View = Callable[..., Any]


def paths(guarded: Callable[[View], View]) -> list[URLPattern]:
    """The pages, each behind the login of the admin."""
    found: list[tuple[str, View, str]] = [
        ("rules/proposals/<int:proposal_id>/", proposals.proposal_page, "proposal"),
        ("rules/proposals/<int:proposal_id>/rehearse/", proposals.rehearse, "proposal-rehearse"),
        ("rules/proposals/<int:proposal_id>/approve/", proposals.approve, "proposal-approve"),
        ("rules/proposals/<int:proposal_id>/withdraw/", proposals.withdraw, "proposal-withdraw"),
        ("rules/<str:code>/propose/<str:name>/", proposals.propose, "propose-value"),
        ("rules/explanation/<int:person_id>/", explanations.explain_page, "explanation"),
        ("rules/<str:code>/", pages.right_page, "rule"),
        ("rules/<str:code>/switch/", pages.switch, "rule-switch"),
        ("rules/<str:code>/recipients/<int:organisation_id>/", pages.pause, "rule-recipient"),
    ]
    return [path(route, guarded(view), name=name) for route, view, name in found]
