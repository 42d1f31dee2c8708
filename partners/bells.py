"""The doorbell of stage 3: a recipient's feed has grown, or a delivery is asked for."""

from attestations.bell import Bell

feeds_grown = Bell("feeds_grown")
inscribed = Bell("inscribed")
probe_asked = Bell("probe_asked")
question_asked = Bell("question_asked")
