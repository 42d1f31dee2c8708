"""Files on many persons at once: as one by one, and beside others who name the same persons."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from attestations.locks import lock_persons
from attestations.periods import Span
from attestations.services import claims, persons
from attestations.services.claims import Claim
from attestations.services.replacing import replace
from attestations.ssin import make_ssin
from attestations.tickets import new_ticket
from partners.models import Inscription, Reroute
from partners.services import inscriptions
from partners.services.inscriptions import File
from tests.factories import CpasFactory, OrganisationFactory
from tests.threads import threads, wait_for_waiters

pytestmark = pytest.mark.django_db
SPAN = Span(date(2026, 1, 1))


def ssin(serial):
    return make_ssin(date(1985, 3, 7), serial)


def names_locked() -> int:
    """How many locks of names this transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_what_stands_or_is_said_twice_counts_once_also_under_an_older_number():
    organisation = OrganisationFactory()
    one = {"organisation_id": organisation.pk, "ticket": new_ticket()}
    inscriptions.register(ssin=ssin(1), quality_code="1", span=SPAN, **one)
    replace(ssin=ssin(1), replaced_by=ssin(2), on=date(2026, 2, 1), ticket=new_ticket())
    Reroute.objects.all().delete()
    files = [
        File(ssin(1), "1", SPAN),
        File(ssin(2), "1", SPAN),
        File(ssin(2), "2", SPAN),
        File(ssin(2), "1", Span(date(2025, 1, 1))),
        File(ssin(3), "1", SPAN),
        File(ssin(3), "1", SPAN),
    ]

    for _ in range(2):
        inscriptions.register_all(files=files, **one)

    assert Inscription.objects.count() == 4
    rerouted = list(Reroute.objects.values_list("person", flat=True))
    assert len(rerouted) == len(set(rerouted)) == 2


def test_many_new_persons_need_no_lock_each():
    """The server has room for some thousands of locks in all."""
    organisation, cpas = OrganisationFactory(), CpasFactory()
    files = [File(ssin(serial), "1", SPAN) for serial in range(1, 40)]
    claimed = [
        Claim(cpas.enterprise_number, ssin(serial), "integrationIncome", date(2026, 3, 1))
        for serial in range(41, 80)
    ]

    inscriptions.register_all(organisation_id=organisation.pk, files=files, ticket=new_ticket())
    claims.store(claimed, ticket=new_ticket())

    assert names_locked() <= 3


@pytest.mark.django_db(transaction=True)
def test_two_who_name_the_same_persons_in_another_order_both_end():
    ids = [persons.register(ssin(serial)).person_id for serial in (1, 2)]
    files = [File(ssin(serial), "1", SPAN) for serial in (1, 2)]

    def register(ordered):
        organisation = OrganisationFactory()
        return lambda: inscriptions.register_all(
            organisation_id=organisation.pk, files=ordered, ticket=new_ticket()
        )

    works = [register(files), register(files[::-1])]
    with threads() as (start, faults), transaction.atomic():
        lock_persons(ids)
        for work in works:
            start(work)
        wait_for_waiters(2)

    assert faults == []
    assert Inscription.objects.count() == 4
