"""The guards of the tables that intake fills look at a statement's rows together.

Foreign keys look at each row by itself, and cost more than writing it. What they promised holds
as before, and is promised by triggers instead: a reference leads to a row that is there. It is
looked for when the reference is written, and rows that others refer to are never deleted and keep
their id.
"""

import django.db.models.deletion
from django.db import migrations, models

KEPT = """
CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are referred to: they are not deleted, and keep their id',
        TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
"""
DROP_KEPT = "DROP FUNCTION stays()"
STAYS = """
CREATE TRIGGER row_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION stays();
CREATE TRIGGER id_stays BEFORE UPDATE OF id ON {table} FOR EACH ROW
    WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION stays();
"""
GOES = "DROP TRIGGER row_stays ON {table}; DROP TRIGGER id_stays ON {table}"
# Versions and attestations are history, which stays in any case.
REFERRED_TO = (
    "attestations_cpas",
    "attestations_person",
    "attestations_personnumber",
    "attestations_decision",
)

# Whatever the planner believes of tables that grow by thousands of rows at a time: one look in an
# index for each row.
BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

REFERENCES = f"""
CREATE FUNCTION {{table}}_refers() RETURNS trigger LANGUAGE plpgsql {BY_INDEX} AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh WHERE {{broken}}) THEN
        RAISE EXCEPTION 'a row of % refers to what is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{{table}}_refers';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refers_when_added AFTER INSERT ON {{table}} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION {{table}}_refers();
"""
# Those that are no history could be made to refer to something else afterwards.
AGAIN = """
CREATE TRIGGER refers_when_changed AFTER UPDATE ON {table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_refers();
"""
DROP_REFERENCES = "DROP FUNCTION {table}_refers() CASCADE"
PERSON = "NOT EXISTS (SELECT FROM attestations_person WHERE id = fresh.person_id)"
CPAS = "NOT EXISTS (SELECT FROM attestations_cpas WHERE id = fresh.cpas_id)"
BROKEN = {
    "attestations_personnumber": PERSON,
    "attestations_decision": f"{PERSON} OR {CPAS}",
    "attestations_decisionversion": """
        NOT EXISTS (SELECT FROM attestations_decision WHERE id = fresh.decision_id)
        OR NOT EXISTS (SELECT FROM attestations_personnumber WHERE id = fresh.number_as_sent_id)
    """,
    # More than that each is there: an attestation says whom its decision is about, and whose it is.
    "attestations_attestation": """
        NOT EXISTS (
            SELECT FROM attestations_decisionversion AS version
            JOIN attestations_decision AS decision ON decision.id = version.decision_id
            WHERE version.id = fresh.decision_version_id
              AND version.number_as_sent_id = fresh.number_as_sent_id
              AND decision.person_id = fresh.person_id
              AND decision.cpas_id = fresh.cpas_id
        )
    """,
    "attestations_factchange": f"""
        {PERSON}
        OR (cpas_id IS NOT NULL AND {CPAS})
        OR (attestation_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM attestations_attestation WHERE id = fresh.attestation_id))
    """,
}


def guards():
    yield migrations.RunSQL(KEPT, DROP_KEPT)
    for table in REFERRED_TO:
        yield migrations.RunSQL(STAYS.format(table=table), GOES.format(table=table))
    for table, broken in BROKEN.items():
        again = AGAIN if table in REFERRED_TO else ""
        yield migrations.RunSQL(
            (REFERENCES + again).format(table=table, broken=broken),
            DROP_REFERENCES.format(table=table),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0011_operation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attestation",
            name="cpas",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attestations",
                to="attestations.cpas",
                verbose_name="CPAS",
            ),
        ),
        migrations.AlterField(
            model_name="attestation",
            name="decision_version",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attestations",
                to="attestations.decisionversion",
                verbose_name="decision version",
            ),
        ),
        migrations.AlterField(
            model_name="attestation",
            name="number_as_sent",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.personnumber",
                verbose_name="number as sent",
            ),
        ),
        migrations.AlterField(
            model_name="attestation",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attestations",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="cpas",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="attestations.cpas",
                verbose_name="CPAS",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="decisionversion",
            name="decision",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="attestations.decision",
                verbose_name="decision",
            ),
        ),
        migrations.AlterField(
            model_name="decisionversion",
            name="number_as_sent",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.personnumber",
                verbose_name="number as sent",
            ),
        ),
        migrations.AlterField(
            model_name="factchange",
            name="attestation",
            field=models.OneToOneField(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="attestations.attestation",
                verbose_name="attestation",
            ),
        ),
        migrations.AlterField(
            model_name="factchange",
            name="cpas",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.cpas",
                verbose_name="CPAS",
            ),
        ),
        migrations.AlterField(
            model_name="factchange",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="personnumber",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="numbers",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        *guards(),
    ]
