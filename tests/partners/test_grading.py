"""The bench for recipients: the reference receiver passes it, and each kind of mistake is found."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import CommandError, call_command

from derived_rights.engine.catalogue import rights
from derived_rights.transitions import TRANSITIONS, WORDS
from partners.addresses import parse_networks
from partners.sample_events import Samples
from partners.services.bench import Subject
from partners.services.grading import grade
from partners.signing import new_secret, public_key

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference_receiver.py"
LOOPBACK = parse_networks(["127.0.0.0/8"])


@pytest.fixture
def reference() -> ModuleType:
    """The receiver of the documentation, as a program."""
    spec = importlib.util.spec_from_file_location("reference_receiver", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def running(reference: ModuleType, folder: Path, *keys: str) -> Iterator[str]:
    inbox = reference.Inbox(str(folder / "received.sqlite3"))
    server = reference.serve(inbox, keys=keys, port=0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        inbox.database.close()


def graded(base: str, key: str, next_key: str | None = None, *, state: bool = True):
    subject = Subject(f"{base}/hook", key, next_key, f"{base}/state" if state else None)
    return grade(subject, networks=LOOPBACK, service="be.registry.v1", source="https://r.example")


def failed(grades) -> list[str]:
    return [f"{one.title}: {one.said}" for one in grades if one.holds is False]


def test_the_reference_receiver_passes(reference, tmp_path):
    key, next_key = new_secret(), new_secret()
    with running(reference, tmp_path, key, next_key) as base:
        grades = graded(base, key, next_key)

    assert failed(grades) == []
    assert all(one.holds for one in grades)
    assert len(grades) >= 17


def test_it_passes_with_ed25519_as_well(reference, tmp_path):
    key, next_key = new_secret("v1a"), new_secret("v1a")
    with running(reference, tmp_path, public_key(key), public_key(next_key)) as base:
        assert failed(graded(base, key, next_key)) == []


def test_what_cannot_be_seen_is_neither_good_nor_bad(reference, tmp_path):
    key = new_secret()
    with running(reference, tmp_path, key) as base:
        grades = graded(base, key, state=False)

    assert [one.title for one in grades if one.holds is None] == [
        "stores an event once, however often it comes",
        "holds the newest version, whatever came last",
    ]


def without_a_check(module):
    module.check = lambda *args, **kwargs: None


def without_an_age(module):
    module.TOLERANCE_SECONDS = 10**9


def storing_twice(module):
    plain = module.Inbox.store

    def store(self, event):
        plain(self, event | {"id": f"{event['id']}-{os.urandom(4).hex()}"})
        return True

    module.Inbox.store = store


def applying_whatever_comes_last(module):
    def apply(self, event):
        data = event.get("data", {})
        if "right" in data:
            self.database.execute(
                "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)",
                (data["ssin"], data["right"], data["version"], json.dumps(data)),
            )

    module.Inbox.apply = apply


def refusing_repetitions(module):
    plain = module.Inbox.store

    def store(self, event):
        if not plain(self, event):
            raise ValueError
        return True

    module.Inbox.store = store


def knowing_rights_only(module):
    plain = module.Inbox.take

    def take(self, events):
        if not all(".rights.notify." in event["type"] for event in events):
            raise ValueError
        plain(self, events)

    module.Inbox.take = take


def reading_one_signature(module):
    plain = module.check

    def check(headers, body, **kwargs):
        first = headers.get("webhook-signature", "").split(" ")[0]
        plain(headers | {"webhook-signature": first}, body, **kwargs)

    module.check = check


def deaf_to_batches(module):
    plain = module.receive

    def receive(inbox, headers, body, **kwargs):
        return (
            (400, None) if body.startswith(b'{"items"') else plain(inbox, headers, body, **kwargs)
        )

    module.receive = receive


def silent_to_challenges(module):
    plain = module.receive

    def receive(inbox, headers, body, **kwargs):
        status, said = plain(inbox, headers, body, **kwargs)
        return (status, {}) if said and "challenge" in said else (status, said)

    module.receive = receive


@pytest.mark.parametrize(
    ("spoil", "title"),
    [
        (without_a_check, "refuses what is not signed by us"),
        (without_an_age, "refuses a message that was signed ten minutes ago"),
        (storing_twice, "stores an event once, however often it comes"),
        (applying_whatever_comes_last, "holds the newest version, whatever came last"),
        (refusing_repetitions, "takes an event again that it has already"),
        (knowing_rights_only, "takes every type of event of the catalogue"),
        (reading_one_signature, "looks for its own among several signatures"),
        (deaf_to_batches, "takes a batch of a thousand events"),
        (silent_to_challenges, "gives a challenge back"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_mistake_is_found(
    reference, tmp_path, spoil: Callable[[ModuleType], None], title: str
):
    spoil(reference)
    key = new_secret()
    with running(reference, tmp_path, key) as base:
        found = failed(graded(base, key))

    assert any(one.startswith(title) for one in found), found


def test_an_endpoint_that_is_not_there_fails_and_says_so():
    grades = graded("http://127.0.0.1:1", new_secret(), state=False)

    assert grades[0].said in {"refused", "unreachable"}
    assert len(failed(grades)) > 5


def test_every_type_of_the_catalogue_is_sent():
    service = "be.registry.v1"
    events = list(Samples(service=service, source="https://r.example").every_type())
    types = {event["type"].removeprefix(f"{service}.") for event in events}

    words = {f"rights.notify.{word}" for by in WORDS.values() for word in by.values()}
    assert types == words | {
        *(f"attestations.notify.{nature}" for nature in ("created", "corrected", "cancelled")),
        *(f"missingAttestations.notify.{status}" for status in ("found", "resolved")),
    }
    told = {(event["data"].get("right"), event["type"]) for event in events}
    assert len([right for right, _ in told if right]) >= len(rights()) * 4
    assert len(events) == len(rights()) * len(TRANSITIONS) + 5


def run_command(monkeypatch, *words: str, key: str = "", next_key: str = "") -> tuple[int, str]:
    monkeypatch.setenv("RECIPIENT_KEY", key)
    monkeypatch.setenv("RECIPIENT_NEXT_KEY", next_key)
    out = io.StringIO()
    try:
        call_command("grade_recipient", *words, stdout=out)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_shows_a_table_and_exits_0(reference, tmp_path, monkeypatch):
    key = new_secret()
    with running(reference, tmp_path, key) as base:
        words = (f"{base}/hook", "--state-url", f"{base}/state")
        code, shown = run_command(monkeypatch, *words, key=key)

    assert code == 0
    assert "takes a signed event with 2xx" in shown
    assert "things are as they should be." in shown


def test_the_command_exits_1_for_a_recipient_that_fails(reference, tmp_path, monkeypatch):
    without_a_check(reference)
    key = new_secret()
    with running(reference, tmp_path, key) as base:
        code, shown = run_command(monkeypatch, f"{base}/hook", key=key)

    assert code == 1
    assert "not as they should be" in shown


# The same in every process that runs the tests: it is part of their names.
A_SECRET = "whsec_" + "A" * 43 + "="


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://127.0.0.1:9/hook", "", "RECIPIENT_KEY"),
        ("http://127.0.0.1:9/hook", "whsec_x", "cannot sign"),
        ("https://10.0.0.1/hook", A_SECRET, "not a public address"),
        ("nonsense", A_SECRET, "write the endpoint as https://"),
    ],
)
def test_the_command_says_what_it_needs(monkeypatch, url, key, said):
    with pytest.raises(CommandError, match=said):
        run_command(monkeypatch, url, key=key)
