"""The doorbells of stage 2: rights have changed, or the law by which they are derived has."""

from attestations.bell import Bell

rights_changed = Bell("rights_changed")
law_changed = Bell("law_changed")
