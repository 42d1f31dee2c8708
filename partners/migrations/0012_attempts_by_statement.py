"""An attempt costs what its questions need: its subscription is guarded like its event, and its
ticket is found by ranges.

The guard of the subscription looks once at a statement, whose rows are mostly of one; and a
subscription that was tried is not deleted. An event that is tried again brings an old ticket among
new ones, so a range of pages keeps several of tickets.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION partners_deliveryattempt_refers() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh
               WHERE NOT EXISTS (SELECT FROM partners_feedentry WHERE id = fresh.entry_id))
       OR EXISTS (SELECT FROM (SELECT DISTINCT subscription_id FROM fresh) AS named
                  WHERE NOT EXISTS (SELECT FROM partners_subscription
                                    WHERE id = named.subscription_id)) THEN
        RAISE EXCEPTION 'a row of % refers to what is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'partners_deliveryattempt_refers';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION partners_subscription_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM partners_deliveryattempt WHERE subscription_id = OLD.id) THEN
        RAISE EXCEPTION 'attempts refer to subscription %, which can only be removed', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'partners_deliveryattempt_refers';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER kept_while_tried BEFORE DELETE ON partners_subscription
    FOR EACH ROW EXECUTE FUNCTION partners_subscription_is_kept();
"""
BEFORE = """
DROP FUNCTION partners_subscription_is_kept() CASCADE;
CREATE OR REPLACE FUNCTION partners_deliveryattempt_refers() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh
               WHERE NOT EXISTS (SELECT FROM partners_feedentry WHERE id = fresh.entry_id)) THEN
        RAISE EXCEPTION 'a row of % refers to what is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'partners_deliveryattempt_refers';
    END IF;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0011_lighter_attempts")]
    operations = [
        migrations.AlterField(
            model_name="deliveryattempt",
            name="subscription",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attempts",
                to="partners.subscription",
                verbose_name="subscription",
            ),
        ),
        migrations.AlterField(
            model_name="deliveryattempt",
            name="ticket",
            field=models.UUIDField(verbose_name="ticket"),
        ),
        migrations.AddIndex(
            model_name="deliveryattempt",
            index=django.contrib.postgres.indexes.BrinIndex(
                OpClass("ticket", name="uuid_minmax_multi_ops"),
                autosummarize=True,
                name="attempts_by_ticket",
                pages_per_range=32,
            ),
        ),
        migrations.RunSQL(GUARD, BEFORE),
    ]
