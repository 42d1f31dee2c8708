"""The edges' clock: services take `on` and `now` as arguments, and this is where they come from."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone


def today() -> datetime.date:
    """Today in Brussels, or the day that the settings put in its place."""
    return settings.TODAY or timezone.localdate()


def database_now() -> datetime.datetime:
    """The database's clock at this very moment (not the start of the transaction).

    Recorded instants come from here, taken after the locks are held: so they grow along each
    history whatever the clocks of the web servers say.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now
