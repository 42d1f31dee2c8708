"""The statements of a decision are found by the index of its foreign key alone.

The one of those that stand was a temptation besides: a planner without statistics read all of it
to find the statements of one person.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("attestations", "0025_refused_lines")]

    operations = [migrations.RemoveIndex("householdstatement", "household_by_decision")]
