"""The guards of references never read a whole table.

`NOT EXISTS (...) OR NOT EXISTS (...)` lets the planner read every row of the other table into a
hash instead of looking one up for each new row, and no setting that forbids scans and hash joins
keeps it from that: a statement then takes the longer, the more is recorded. The plan of the first
statement is also kept for the connection. A subquery that stands for a value is always one look in
an index.
"""

from django.db import migrations

REFERS = """
CREATE OR REPLACE FUNCTION {table}_refers() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF {broken} THEN
        RAISE EXCEPTION 'a row of % refers to what is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{table}_refers';
    END IF;
    RETURN NULL;
END
$$;
"""


def absent(table: str, column: str) -> str:
    return f"(SELECT id FROM attestations_{table} WHERE id = fresh.{column}) IS NULL"


PERSON = f"EXISTS (SELECT FROM fresh WHERE {absent('person', 'person_id')})"
# Many rows are of few CPAS.
CPAS = f"""EXISTS (
    SELECT FROM (SELECT DISTINCT cpas_id FROM fresh WHERE cpas_id IS NOT NULL) AS fresh
    WHERE {absent("cpas", "cpas_id")}
)"""
BROKEN = {
    "attestations_personnumber": PERSON,
    "attestations_accesslogentry": PERSON,
    "attestations_decision": f"{PERSON} OR {CPAS}",
    "attestations_decisionversion": f"""EXISTS (
        SELECT FROM fresh WHERE {absent("decision", "decision_id")}
           OR {absent("personnumber", "number_as_sent_id")}
    )""",
    # What else must agree is compared afterwards: among empty tables, the planner would take an
    # index on the CPAS or the person for as good as that on the id, and keep to it.
    "attestations_attestation": """EXISTS (
        SELECT FROM fresh WHERE (
            SELECT version.number_as_sent_id = fresh.number_as_sent_id AND (
                SELECT decision.person_id = fresh.person_id AND decision.cpas_id = fresh.cpas_id
                FROM attestations_decision AS decision WHERE decision.id = version.decision_id
            )
            FROM attestations_decisionversion AS version
            WHERE version.id = fresh.decision_version_id
        ) IS NOT TRUE
    )""",
    "attestations_factchange": f"""{PERSON} OR {CPAS} OR EXISTS (
        SELECT FROM fresh WHERE attestation_id IS NOT NULL
           AND {absent("attestation", "attestation_id")}
    )""",
}


class Migration(migrations.Migration):
    dependencies = [("attestations", "0016_readings_guarded_by_statement")]
    operations = [
        # To go back leaves them as they are: they promise the same.
        migrations.RunSQL(
            REFERS.format(table=table, broken=broken), migrations.RunSQL.noop
        )
        for table, broken in BROKEN.items()
    ]
