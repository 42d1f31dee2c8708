"""The doorbells of stage 2: rights have changed, or the law has, or a rehearsal is asked for."""

from attestations.bell import Bell

rights_changed = Bell("rights_changed")
law_changed = Bell("law_changed")
rehearsal_asked = Bell("rehearsal_asked")
