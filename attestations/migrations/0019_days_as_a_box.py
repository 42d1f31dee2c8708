"""Current attestations are kept apart by one box each, instead of by four columns.

A GiST index compares an entry with all entries of a page on its way down, and does so once for
each of its columns: one box costs half of what four columns cost. Two attestations are of one
person, CPAS and kind of aid, and share a day, just when their boxes share a point.
"""

import django.contrib.postgres.constraints
from django.db import migrations, models

# Whole numbers below 2^53, which a float holds exactly: a person's id may have 47 bits and that of
# a CPAS 31. A day counts from the first one of year 1 and has 22 bits, enough for year 9999; what
# lies outside falls together at the edges: rather two that only nearly meet are kept apart.
# A kind keeps the number it has; a new one takes the next, below 64, in a migration of its own.
ATTESTED_DAYS = """
CREATE FUNCTION attested_days(person bigint, cpas bigint, aid_kind text, period daterange)
RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN NOT isempty(period) THEN box(
    point(
        person::float8 * 64 + {number},
        cpas::float8 * 4194304 + CASE
            WHEN lower_inf(period) THEN 0
            ELSE least(greatest(lower(period) - date '0001-01-01', 0), 4194303)
        END
    ),
    point(
        person::float8 * 64 + {number},
        cpas::float8 * 4194304 + CASE
            WHEN upper_inf(period) THEN 4194303
            ELSE least(greatest(upper(period) - 1 - date '0001-01-01', 0), 4194303)
        END
    )
) END;
COMMENT ON FUNCTION attested_days IS
    'The days of a person, CPAS and kind of aid as a box: two share a day just when their boxes '
    'share a point. NULL for no days; an error for a kind of aid without a number.';
"""
KINDS = (
    "integrationIncome",
    "equivalentIntegrationIncome",
    "otherSocialAid",
    "article60Employment",
    "article61Employment",
    "benefitAdvance",
    "stateChargedAid",
    "localReceptionStay",
    "heatingAllowance",
    "medicalCard",
)
# An error, and not NULL, which an exclusion constraint lets pass.
NUMBER = (
    "CASE aid_kind "
    + " ".join(f"WHEN '{kind}' THEN {number}" for number, kind in enumerate(KINDS))
    + " ELSE ('no number for the kind of aid ' || aid_kind)::int END"
)
DROP = "DROP FUNCTION attested_days(bigint, bigint, text, daterange)"


class Migration(migrations.Migration):
    dependencies = [("attestations", "0018_lines_done_beyond")]

    operations = [
        migrations.RunSQL(ATTESTED_DAYS.format(number=NUMBER), DROP),
        migrations.RemoveConstraint("attestation", "current_attestations_do_not_overlap"),
        migrations.AddConstraint(
            "attestation",
            django.contrib.postgres.constraints.ExclusionConstraint(
                name="current_attestations_do_not_overlap",
                expressions=[
                    (
                        models.Func(
                            models.F("person"),
                            models.F("cpas"),
                            models.F("aid_kind"),
                            models.F("period"),
                            function="attested_days",
                        ),
                        "&&",
                    )
                ],
                condition=models.Q(("superseded_at", None))
                & ~models.Q(("nature", "cancellation")),
                violation_error_message="A current attestation of the same person, CPAS and kind "
                "overlaps this one.",
            ),
        ),
    ]
