"""System checks: rights that cannot work are refused at start-up, all faults at once."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

import derived_rights.rights
from derived_rights.engine import faults


@register
def check_rights(**_kwargs: Any) -> list[CheckMessage]:
    """The modules of `derived_rights.rights`, each for itself and together."""
    found, failed = faults.loaded(derived_rights.rights)
    return [
        Error(fault.message, hint=fault.hint, id=f"derived_rights.{fault.id}")
        for fault in (*failed, *faults.between(found))
    ]
