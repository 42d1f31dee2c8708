"""The doorbells of stage 2: what has changed, and what is asked for."""

from attestations.bell import Bell

rights_changed = Bell("rights_changed")
facts_derived = Bell("facts_derived")  # what came in was taken in, whatever followed from it
persons_due = Bell("persons_due")  # set aside, to be derived one by one
law_changed = Bell("law_changed")
rehearsal_asked = Bell("rehearsal_asked")
derivation_begun = Bell("derivation_begun")
