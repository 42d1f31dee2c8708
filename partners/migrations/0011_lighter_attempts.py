"""An attempt is written for every event and recipient: it carries no index that another one holds.

That it is one of an event that is there is looked at for all rows of a statement together, as for the
tables that intake fills; feed entries are never deleted, and keep their id.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE FUNCTION partners_deliveryattempt_refers() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER refers_when_added AFTER INSERT ON partners_deliveryattempt
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION partners_deliveryattempt_refers();
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0010_names_of_fields")]
    operations = [
        migrations.AlterField(
            model_name="deliveryattempt",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="partners.feedentry",
                verbose_name="feed entry",
            ),
        ),
        migrations.AlterField(
            model_name="deliveryattempt",
            name="subscription",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attempts",
                to="partners.subscription",
                verbose_name="subscription",
            ),
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION partners_deliveryattempt_refers() CASCADE"),
    ]
