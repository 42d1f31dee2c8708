"""The doorbell of stage 2: rights have changed."""

from attestations.bell import Bell

rights_changed = Bell("rights_changed")
