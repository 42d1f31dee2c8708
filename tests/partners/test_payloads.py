"""From a change to what one recipient may see of it."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain, combinations

import msgspec
import pytest
from cloudevents.core.formats.json import JSONFormat

from attestations.periods import FOREVER, Span, Timeline
from partners import documents, payloads
from partners.changes import (
    Amount,
    AttestationChange,
    Days,
    HouseholdMember,
    MissingAttestationChange,
    MissingFact,
    RightsChange,
    instant,
)
from partners.documents import document
from partners.payloads import FIELDS, Envelope, encode, encode_batch, event_type

NOW = datetime(2026, 3, 18, 9, 12, 44, 31_000, tzinfo=UTC)
SSIN, CHILD = "85710512369", "15670523441"
ENVELOPE = Envelope("be.example.v1", "/registry", 17, "5f2c")
HELD = Days.each(Timeline([Span(date(2026, 6, 2), date(2029, 1, 1))]))

RIGHTS = RightsChange(
    event_id="0197-1",
    person_ssin=SSIN,
    right="bim",
    effect="grant",
    transition="extended",
    version=3,
    periods=HELD,
    previous_periods=[Days(start_date=date(2026, 6, 2), end_date=date(2027, 12, 31))],
    attestation_numbers=["26C000000000123", "26C000000000456"],
    aid_kinds=["integrationIncome"],
    cpas_numbers=["0123456749"],
    household=[HouseholdMember(ssin=CHILD, relation="child")],
    amounts=[Amount(month="2026-03", euro_cent=131_416)],
    missing=[MissingFact("household", "nationalRegister")],
    ticket="5e0f",
    occurred_at=instant(NOW),
)
ATTESTATION = AttestationChange(
    event_id="0197-2",
    person_ssin=SSIN,
    attestation_number="26C000000000456",
    previous_number="26C000000000123",
    nature="correction",
    aid_kind="integrationIncome",
    period=Days.of(Span(date(2026, 3, 2), date(2027, 3, 2))),
    cpas_number="0123456749",
    created_at=instant(NOW),
    sent_at=instant(NOW),
    version=2,
    household=[HouseholdMember(ssin=CHILD, relation="child")],
    amounts=[Amount(month="2026-03", euro_cent=131_416)],
    ticket="5e0f",
    occurred_at=instant(NOW),
)
FINDING = MissingAttestationChange(
    event_id="0197-3",
    missing_attestation_id="0197-f",
    person_ssin=SSIN,
    aid_kind="integrationIncome",
    period=Days.of(Span(date(2026, 3, 2), date(2026, 4, 1))),
    cpas_number="0123456749",
    cause="late",
    status="resolved",
    due_on=date(2026, 3, 24),
    found_at=instant(NOW),
    resolved_at=instant(NOW),
    ticket="5e0f",
    occurred_at=instant(NOW),
)
CHANGES = [RIGHTS, ATTESTATION, FINDING]
# The members of `data` that each field governs, per kind of change: the table of the module.
GOVERNED = {
    RightsChange: {
        "periods": {"periods", "previousPeriods"},
        "attestationNumber": {"attestations"},
        "aidKind": {"aidKinds"},
        "cpas": {"enterpriseNumbers"},
        "household": {"household"},
        "amounts": {"amounts"},
    },
    AttestationChange: {
        "periods": {"startDate", "endDate"},
        "attestationNumber": {"attestationNumber", "previousAttestationNumber"},
        "aidKind": {"aidKind"},
        "cpas": {"enterpriseNumber"},
        "household": {"household"},
        "amounts": {"amounts"},
    },
    MissingAttestationChange: {
        "periods": {"startDate", "endDate"},
        "aidKind": {"aidKind"},
        "cpas": {"enterpriseNumber"},
    },
}
ALWAYS = {
    RightsChange: {"ssin", "right", "effect", "version", "missing", "ticket"},
    AttestationChange: {
        *("ssin", "nature", "createdAt", "sentAt", "superseded", "version", "ticket"),
    },
    MissingAttestationChange: {
        *("missingAttestationId", "ssin", "cause", "status", "dueDate", "foundAt", "resolvedAt"),
        "ticket",
    },
}


def cloud_event(*told):
    """The event as a recipient finds it in the JSON."""
    return document(payloads.cloud_event(*told))


def thin_event(*told, **options):
    return document(payloads.thin_event(*told, **options))


def altered(change, **values):
    return msgspec.structs.replace(change, **values)


def every_subset(fields):
    return chain.from_iterable(combinations(sorted(fields), size) for size in range(7))


def test_a_right_in_full():
    assert cloud_event(RIGHTS, FIELDS, ENVELOPE) == {
        "specversion": "1.0",
        "id": "0197-1",
        "source": "/registry",
        "type": "be.example.v1.rights.notify.extended",
        "time": "2026-03-18T09:12:44.031+00:00",
        "datacontenttype": "application/json",
        "position": 17,
        "epoch": "5f2c",
        "data": {
            "ssin": SSIN,
            "right": "bim",
            "effect": "grant",
            "version": 3,
            "periods": [{"startDate": "2026-06-02", "endDate": "2028-12-31"}],
            "previousPeriods": [{"startDate": "2026-06-02", "endDate": "2027-12-31"}],
            "attestations": [
                {"attestationNumber": "26C000000000123"},
                {"attestationNumber": "26C000000000456"},
            ],
            "aidKinds": ["integrationIncome"],
            "enterpriseNumbers": ["0123456749"],
            "household": [{"ssin": CHILD, "relation": "child"}],
            "amounts": [{"month": "2026-03", "amountEuroCent": 131_416}],
            "missing": [{"fact": "household", "source": "nationalRegister"}],
            "ticket": "5e0f",
            "filteredElements": [],
        },
    }


def test_an_attestation_in_full():
    event = cloud_event(ATTESTATION, FIELDS, ENVELOPE)
    assert event["type"] == "be.example.v1.attestations.notify.corrected"
    assert event["data"] == {
        "ssin": SSIN,
        "attestationNumber": "26C000000000456",
        "previousAttestationNumber": "26C000000000123",
        "nature": "correction",
        "aidKind": "integrationIncome",
        "startDate": "2026-03-02",
        "endDate": "2027-03-01",
        "enterpriseNumber": "0123456749",
        "household": [{"ssin": CHILD, "relation": "child"}],
        "amounts": [{"month": "2026-03", "amountEuroCent": 131_416}],
        "createdAt": "2026-03-18T09:12:44.031+00:00",
        "sentAt": "2026-03-18T09:12:44.031+00:00",
        "superseded": False,
        "version": 2,
        "ticket": "5e0f",
        "filteredElements": [],
    }


def test_a_missing_attestation_in_full():
    event = cloud_event(FINDING, FIELDS, ENVELOPE)
    assert event["type"] == "be.example.v1.missingAttestations.notify.resolved"
    assert event["data"] == {
        "missingAttestationId": "0197-f",
        "enterpriseNumber": "0123456749",
        "ssin": SSIN,
        "aidKind": "integrationIncome",
        "startDate": "2026-03-02",
        "endDate": "2026-03-31",
        "cause": "late",
        "status": "resolved",
        "dueDate": "2026-03-24",
        "foundAt": "2026-03-18T09:12:44.031+00:00",
        "resolvedAt": "2026-03-18T09:12:44.031+00:00",
        "ticket": "5e0f",
        "filteredElements": [],
    }


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_every_choice_of_fields_gives_those_members_and_names_the_others(change):
    governed = GOVERNED[type(change)]
    for fields in every_subset(FIELDS):
        data = cloud_event(change, frozenset(fields), ENVELOPE)["data"]
        allowed = set().union(*(governed.get(field, set()) for field in fields))
        assert data.keys() == ALWAYS[type(change)] | allowed | {"filteredElements"}
        assert data["filteredElements"] == sorted(governed.keys() - set(fields))


def test_what_is_not_there_is_neither_given_nor_named_as_filtered():
    bare = altered(
        RIGHTS, attestation_numbers=[], aid_kinds=[], household=[], amounts=[], missing=[]
    )
    full = cloud_event(bare, FIELDS, ENVELOPE)["data"]
    assert full.keys() == ALWAYS[RightsChange] - {"missing"} | {
        *("periods", "previousPeriods", "enterpriseNumbers", "filteredElements"),
    }
    assert cloud_event(bare, frozenset(), ENVELOPE)["data"]["filteredElements"] == [
        "cpas",
        "periods",
    ]


def test_an_attestation_not_yet_sent_and_without_a_previous_one_says_so_by_silence():
    first = altered(ATTESTATION, nature="original", previous_number=None, sent_at=None)
    event = cloud_event(first, FIELDS, ENVELOPE)
    assert "previousAttestationNumber" not in event["data"]
    assert "sentAt" not in event["data"]
    assert b"null" not in encode(event)


def test_empty_periods_are_news_and_stay():
    data = cloud_event(altered(RIGHTS, periods=[]), FIELDS, ENVELOPE)["data"]
    assert data["periods"] == []


def test_an_open_period_has_no_end_date():
    still_open = Days.of(Span(date(2026, 6, 2), FOREVER))
    rights = cloud_event(altered(RIGHTS, periods=[still_open]), FIELDS, ENVELOPE)
    attestation = cloud_event(altered(ATTESTATION, period=still_open), FIELDS, ENVELOPE)
    assert rights["data"]["periods"] == [{"startDate": "2026-06-02"}]
    assert "endDate" not in attestation["data"]


def test_an_unknown_field_opens_nothing():
    assert cloud_event(RIGHTS, frozenset({"everything", ""}), ENVELOPE) == cloud_event(
        RIGHTS, frozenset(), ENVELOPE
    )


@pytest.mark.parametrize("effect", ["grant", "reduceDue", "presume"])
@pytest.mark.parametrize(
    "word", ["granted", "extended", "reduced", "ended", "corrected", "undetermined"]
)
def test_a_favourable_effect_says_what_happened(effect, word):
    change = altered(RIGHTS, effect=effect, transition=word)
    assert event_type(change) == f"rights.notify.{word}"


@pytest.mark.parametrize("effect", ["checkAdverse", "offset", "inform"])
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("granted", "noted"),
        ("extended", "changed"),
        ("reduced", "changed"),
        ("corrected", "changed"),
        ("ended", "withdrawn"),
        ("undetermined", "undetermined"),
    ],
)
def test_other_effects_are_never_said_to_be_granted(effect, word, said):
    change = altered(RIGHTS, effect=effect, transition=word)
    assert event_type(change) == f"rights.notify.{said}"
    assert b"granted" not in encode(cloud_event(change, FIELDS, ENVELOPE))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (altered(ATTESTATION, nature="original"), "attestations.notify.created"),
        (altered(ATTESTATION, nature="correction"), "attestations.notify.corrected"),
        (altered(ATTESTATION, nature="cancellation"), "attestations.notify.cancelled"),
        (altered(FINDING, status="open"), "missingAttestations.notify.found"),
        (altered(FINDING, status="notified"), "missingAttestations.notify.found"),
        (altered(FINDING, status="justified"), "missingAttestations.notify.resolved"),
        (altered(FINDING, status="resolved"), "missingAttestations.notify.resolved"),
    ],
)
def test_types_of_the_other_events(change, said):
    assert event_type(change) == said


@pytest.mark.parametrize("values", [{"effect": "favour"}, {"transition": "gone"}])
def test_an_unknown_code_makes_no_event(values):
    with pytest.raises(KeyError):
        cloud_event(altered(RIGHTS, **values), FIELDS, ENVELOPE)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_no_ssin_outside_data_and_no_null_anywhere(change):
    event = cloud_event(change, FIELDS, ENVELOPE)
    outside = json.dumps({name: value for name, value in event.items() if name != "data"})
    assert SSIN not in outside
    assert CHILD not in outside
    assert b"null" not in encode(event)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_the_independent_sdk_reads_the_event(change):
    event = cloud_event(change, FIELDS, ENVELOPE)
    read = JSONFormat().read(None, encode(event))
    assert (read.get_id(), read.get_type()) == (event["id"], event["type"])
    assert read.get_time() == NOW
    assert (read.get_extension("position"), read.get_extension("epoch")) == (17, "5f2c")
    assert read.get_data() == event["data"]


def test_the_bytes_depend_neither_on_the_offset_nor_on_the_order_of_building():
    brussels = timezone(timedelta(hours=1))
    elsewhere = altered(RIGHTS, occurred_at=instant(NOW.astimezone(brussels)))
    event = cloud_event(elsewhere, FIELDS, ENVELOPE)
    shuffled = dict(reversed(event.items())) | {"data": dict(reversed(event["data"].items()))}
    assert encode(shuffled) == encode(cloud_event(RIGHTS, FIELDS, ENVELOPE))


@pytest.mark.parametrize("fields", [FIELDS, frozenset()])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_an_event_is_canonical_as_it_stands(change, fields):
    """Its shapes have their members in the order of their names: nothing is sorted."""
    event = payloads.cloud_event(change, fields, ENVELOPE)
    assert msgspec.json.encode(event) == encode(document(event))


def test_every_shape_has_its_members_in_the_order_of_their_names():
    parts = (Days, HouseholdMember, Amount, MissingFact)
    shapes = [one for one in vars(documents).values() if isinstance(one, type(msgspec.Struct))]
    for shape in (*parts, *(one for one in shapes if one is not msgspec.Struct)):
        assert list(shape.__struct_encode_fields__) == sorted(shape.__struct_encode_fields__)


def test_a_recipient_can_write_the_same_bytes_from_the_parsed_event():
    sent = encode(cloud_event(altered(RIGHTS, right="été"), FIELDS, ENVELOPE))
    again = json.dumps(
        json.loads(sent), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    assert again == sent


def test_an_instant_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        instant(NOW.replace(tzinfo=None))


def test_a_batch_holds_the_very_same_events():
    events = [cloud_event(change, FIELDS, ENVELOPE) for change in CHANGES]
    assert json.loads(encode_batch(encode(event) for event in events)) == {"items": events}
    assert json.loads(encode_batch([])) == {"items": []}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_a_thin_event_says_only_where_to_look(change):
    event = thin_event(change, ENVELOPE, person_reference="p-81c2")
    full = cloud_event(change, FIELDS, ENVELOPE)
    assert event["data"] == {"personReference": "p-81c2", "ticket": "5e0f"}
    assert {**event, "data": None} == {**full, "data": None}
    assert SSIN.encode() not in encode(event)
