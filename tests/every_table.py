"""A registry with something in every table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User

from attestations import clock
from attestations.models import (
    Attestation,
    BackgroundTask,
    ControlRun,
    FileImport,
    MergedOverlap,
    MissingReport,
    PersonFact,
    RefusedLine,
    SubsidyClaim,
)
from attestations.periods import Span
from attestations.services.persons import keyring
from attestations.tickets import new_ticket
from derived_rights.models import (
    DerivationRun,
    LawChange,
    ParameterProposal,
    ParameterValue,
    PersonDue,
    Rehearsal,
    RehearsedChange,
    RightSetting,
    RuleAct,
)
from partners.models import (
    AssertionId,
    Authorisation,
    DeliveryAttempt,
    EndpointProbe,
    EventFeedback,
    FeedEntry,
    HeldLane,
    Manifest,
    RecipientRight,
    Refusal,
    RegistryKey,
    RehearsedMessage,
    Reroute,
    Resend,
    Resumption,
    RightsQuestion,
    StreamEpoch,
    Subscription,
)
from tests.factories import ClientFactory

World = Callable[[], str]


@pytest.fixture
def grow(record: Any, mutuality: Any, new_ssin: Any, decision: Any, cpas: Any) -> World:
    """Adds a row or more to every table, each time about another person, and returns the SSIN."""

    def add() -> str:
        (ssin,) = record(1)
        mutuality.ask_rights(ssin, "bim", date="2026-07-01")
        mutuality.get("/events")
        stopped = cpas.post(
            "/decisions",
            decision(new_ssin(), household=[{"ssin": new_ssin(), "relation": "child"}]),
        ).json()
        cpas.post(
            f"/decisions/{stopped['decisionId']}/stop",
            {"endDate": "2026-08-31", "reason": "x"},
            If_Match='"1"',
            Idempotency_Key=f"key-{stopped['decisionId']}",
        )
        now = clock.database_now()
        subscription = Subscription.objects.get()
        entry = FeedEntry.objects.latest("id")
        person = entry.person
        number = DeliveryAttempt.objects.count() + 1
        DeliveryAttempt.objects.create(
            subscription=subscription,
            entry=entry,
            number=number,
            outcome="failed",
            milliseconds=3,
            ticket=entry.ticket,
            at=now,
        )
        HeldLane.objects.create(
            subscription=subscription,
            person=person,
            position=entry.position,
            since=now,
            retry_at=now,
        )
        Resend.objects.create(subscription=subscription, entry=entry, since=now, retry_at=now)
        organisation = subscription.organisation
        Reroute.objects.create(organisation=organisation, person=person)
        Refusal.objects.create(
            organisation=organisation,
            fact_change=entry.fact_change,
            right_change=entry.right_change,
            reason="noInscription",
            ticket=entry.ticket,
            created_at=now,
        )
        client = ClientFactory()
        AssertionId.objects.create(client=client, jti="x", expires_at=now)
        RecipientRight.objects.create(organisation=client.organisation, right="bim")
        figure = {
            "right": "bim",
            "name": "minimum_months",
            "valid_from": f"2030-01-{number:02}",
            "value": 3,
            "reference": "a text",
        }
        proposal = ParameterProposal.objects.create(
            **figure, reason="why", proposed_by=User.objects.get_or_create(username="author")[0]
        )
        ParameterValue.objects.create(**figure, proposal=proposal)
        RuleAct.objects.create(actor="author", act="proposed", right="bim", subject="x")
        rehearsal = Rehearsal.objects.create(
            proposal=proposal, law=0, total=1, ticket=entry.ticket, started_at=now
        )
        change = RehearsedChange.objects.create(
            rehearsal=rehearsal, person=person, right="bim", transition="granted"
        )
        RehearsedMessage.objects.create(change=change, organisation=organisation, legal_context="X")
        Resumption.objects.create(
            organisation=organisation, right="bim", ticket=entry.ticket, resumed_at=now
        )
        RightSetting.objects.update_or_create(right="bim")
        LawChange.objects.create(right="bim", ticket=entry.ticket)
        PersonDue.objects.create(person=person, ticket=entry.ticket, since=now)
        DerivationRun.objects.create(ticket=entry.ticket, started_at=now, finished_at=now)
        epoch = StreamEpoch.objects.create()
        EndpointProbe.objects.create(
            subscription=subscription,
            kind="test",
            status="delivered",
            ticket=entry.ticket,
            asked_at=now,
            retry_at=now,
        )
        EventFeedback.objects.create(entry=entry, outcome="applied", ticket=entry.ticket, at=now)
        RightsQuestion.objects.create(
            task=BackgroundTask.objects.create(kind="rightsQuestion", owner="recipient"),
            organisation=organisation,
            rights=["bim"],
            period=Span(date(2026, 1, 1)),
            ticket=entry.ticket,
            asked_at=now,
        )
        Manifest.objects.create(
            organisation=organisation,
            date=f"2026-03-{number:02}",
            epoch=epoch.epoch,
            count=1,
            last_position=1,
        )
        RegistryKey.objects.create(purpose="manifest", sealed=keyring().seal("whsk_abc"))
        BackgroundTask.objects.create(kind="batch", owner="cpas-a")
        imported = FileImport.objects.create(fingerprint=bytes([number]), ticket=entry.ticket)
        RefusedLine.objects.create(file_import=imported, line=1)
        cpas_row = entry.person.attestations.latest("id").cpas
        SubsidyClaim.objects.create(
            cpas=cpas_row,
            person=person,
            aid_kind="integrationIncome",
            month="2026-03-01",
            ticket=new_ticket(),
            recorded_at=now,
        )
        PersonFact.objects.create(
            kind="birthDate",
            person=person,
            source="nationalRegister",
            value={"date": "1985-03-07"},
            ticket=new_ticket(),
            recorded_at=now,
        )
        one, other = Attestation.objects.order_by("-id")[:2]
        MergedOverlap.objects.create(
            person=person,
            one=one,
            other=other,
            period=one.period,
            ticket=new_ticket(),
            found_at=now,
        )
        ControlRun.objects.create(
            on="2026-06-10", ticket=entry.ticket, started_at=now, finished_at=now
        )
        MissingReport.objects.create(
            cpas=cpas_row,
            month=f"2026-{number:02}-01",
            language="fr",
            findings=1,
            person_ids=[person.pk],
            sealed_html=b"x",
            sealed_csv=b"x",
            ticket=entry.ticket,
            made_at=now,
        )
        Authorisation.objects.create(
            organisation=client.organisation,
            legal_context=f"X-{number}",
            period=Authorisation.objects.earliest("id").period,
        )
        return ssin

    return add
