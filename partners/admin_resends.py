"""What every page shares on which events can be sent again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import ngettext


def may_send(request: HttpRequest) -> None:
    """PermissionDenied unless the user may have events sent again."""
    if not request.user.has_perm("partners.add_resend"):
        raise PermissionDenied


def tell_queued(request: HttpRequest, count: int) -> None:
    text = ngettext(
        "%d delivery is on its way again.", "%d deliveries are on their way again.", count
    )
    messages.success(request, text % count)
