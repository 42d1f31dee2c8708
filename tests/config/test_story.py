"""The story: its rules against the engine, its dates on every day, and that it can fail."""

import io
import json
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from attestations.periods import Span
from config.demo import api, configuration, rules, story
from config.demo.account import Account
from config.demo.api import Registry, Unexpected, wait_for
from config.demo.chapters import deliveries, family, missing
from config.demo.loading import FILES, Aid, aids
from config.demo.people import cast
from config.demo.scene import Scene
from derived_rights.engine.catalogue import rights
from derived_rights.engine.facts import AttestedSpan, Facts
from derived_rights.engine.one import derive
from partners.services.configuration import configure

DAYS = st.dates(date(2024, 1, 1), date(2090, 12, 31))
EVERY_DAY = [date(2026, 12, 1) + timedelta(days=n) for n in range(2 * 365)]


CAST = cast(0)


def quiet_account():
    return Account(Console(file=io.StringIO(), width=200))


def scene_on(day):
    return Scene(SimpleNamespace(on=day), quiet_account(), 0, CAST)


# --- The rules in plain words -------------------------------------------------------------------


@example(start=date(2026, 3, 2), length=91, delay=15)  # three months to the day
@example(start=date(2026, 10, 1), length=91, delay=15)  # and complete in the next year
@given(start=DAYS, length=st.integers(0, 900), delay=st.integers(0, 120))
def test_the_rules_in_plain_words_agree_with_the_engine(start, length, delay):
    end, decided_on = start + timedelta(days=length), start + timedelta(days=delay)
    attested = [AttestedSpan("integrationIncome", Span.inclusive(start, end), decided_on, "1")]

    derived = derive(1, Facts({1: attested}, []), rights())

    bim = rules.bim(start, end)
    wanted = {
        "bim": bim,
        "socialTariff": rules.social_tariff(decided_on, start, end),
        "walloonFamilySupplement": rules.walloon_supplement(bim) if bim else None,
    }
    for code, period in wanted.items():
        found = [(span.start, span.last_day) for span in derived[code].timeline]
        assert found == ([] if period is None else [period])


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 3, 2), 3, date(2026, 6, 2)),
        (date(2026, 11, 30), 3, date(2027, 3, 1)),
        (date(2027, 11, 30), 3, date(2028, 3, 1)),
        (date(2026, 10, 31), 1, date(2026, 12, 1)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_run_to_the_eve_of_the_same_day_number(day, months, later):
    assert rules.plus_months(day, months) == later


# --- The dates of the story ---------------------------------------------------------------------


@pytest.mark.parametrize("years", [1, 2])
def test_the_aid_of_the_story_suits_every_day(years):
    for day in EVERY_DAY:
        aid = scene_on(day).aid(CAST.family, "family", years=years)
        bim = rules.bim(aid.start, aid.end)

        assert aid.start <= aid.decided_on < day < aid.end
        assert aid.start.day <= 28
        assert (day - aid.decided_on).days <= 7, "it would count as sent late"
        assert bim is not None
        assert bim[0] > day, "a stop today must come before the three months are complete"


def test_a_stop_always_takes_a_year_away():
    for day in EVERY_DAY:
        aid = scene_on(day).aid(CAST.stopped, "stopped", years=2)
        tariff = rules.social_tariff(aid.decided_on, aid.start, aid.end)
        assert tariff is not None
        assert tariff[0] <= day
        assert tariff[1].year > day.year


def test_the_month_before_is_whole():
    assert missing.month_before(date(2027, 1, 1)) == (date(2026, 12, 1), date(2026, 12, 31))
    assert missing.month_before(date(2028, 3, 31)) == (date(2028, 2, 1), date(2028, 2, 29))


def test_every_loaded_aid_could_have_been_decided_by_its_day():
    for day in EVERY_DAY[::30]:
        planned = aids(day)
        assert all(aid.decided_on <= day for aid in planned)
        assert all(aid.start <= aid.decided_on for aid in planned)
        assert all(aid.start <= aid.end for aid in planned)
        assert len({aid.reference for aid in planned}) == len(planned)


def test_what_is_loaded_is_worth_looking_at():
    for day in EVERY_DAY[::30]:
        planned = aids(day)
        for gives in (Aid.gives_bim, Aid.gives_tariff):
            entitled = [aid for aid in planned if gives(aid, day)]
            assert 10 < len(entitled) < len(planned) - 10


def test_an_aid_counts_as_it_was_recorded():
    (aid, *_) = aids(date(2026, 3, 18))
    recorded = {"aidKind": "medicalCard", "decidedOn": "2026-01-02", "startDate": "2026-01-01"}

    found = aid.as_recorded(recorded | {"endDate": "2026-01-31"})

    assert (found.kind, found.decided_on) == ("medicalCard", date(2026, 1, 2))
    assert (found.start, found.end) == (date(2026, 1, 1), date(2026, 1, 31))
    assert found.household == aid.household


# --- The configuration --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return yaml.safe_load(configuration.SHIPPED.read_text())


def test_every_declared_addressee_is_an_organisation(shipped):
    codes = {organisation["code"] for organisation in shipped["organisations"]}

    assert {right.recipient for right in rights().values()} <= codes
    assert FILES.keys() <= codes
    assert {name for name, _ in family.ADDRESSEES} <= codes


def test_everybody_can_act_through_a_client(shipped):
    clients = {client["name"]: client["organisation"] for client in shipped["clients"]}

    assert clients == {one["code"]: one["code"] for one in shipped["organisations"]}
    assert not any("secret" in client for client in shipped["clients"])


def test_who_may_decide_against_a_person_gets_facts_only(shipped):
    adverse = [one for one in shipped["authorisations"] if one["effect"] == "checkAdverse"]

    assert [one["organisation"] for one in adverse] == ["immigrationOffice"]
    assert [(one["rights"], one["events"]) for one in adverse] == [([], ["attestations"])]


@pytest.mark.django_db
def test_the_configuration_is_taken_and_a_second_time_changes_nothing(tmp_path):
    file = configuration.fitted(tmp_path, receiver_url="http://127.0.0.1:9").read_text()

    first, second = configure(file), configure(file)

    assert len(first.changed) > 50
    assert second.changed == []


def test_each_push_can_be_verified(tmp_path, shipped):
    url = "http://127.0.0.1:9"
    configuration.tell_recipient(
        tmp_path, [configuration.fitted(tmp_path, receiver_url=url)], receiver_url=url
    )

    keys = json.loads((tmp_path / "recipient.json").read_text())["secrets"]

    pushed = {one["organisation"] for one in shipped["subscriptions"] if "endpoint" in one}
    assert keys.keys() == pushed
    assert len(pushed) == 7


# --- It can fail --------------------------------------------------------------------------------


@contextmanager
def server_that_answers(status, body, *, failures=0):
    """A server that gives the same answer to everything, after some 503; its address."""
    answers = chain([503] * failures, repeat(status))

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = json.dumps(body).encode()
            self.send_response(next(answers))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(api, "PATIENCE_SECONDS", 0)


def demo_at(url, *names):
    client = {"enterpriseNumber": "0999900150", "token": "t", "legalContexts": ["DEMO"]}
    return {"baseUrl": url, "receiverUrl": url, "clients": dict.fromkeys(names, client)}


def test_a_registry_that_fails_at_everything_fails_the_story(capsys, impatient):
    problem = {"detail": "Nothing works today."}
    with server_that_answers(500, problem) as url:
        assert story.run(demo_at(url, "cpas-namur")) == 1

    assert "Nothing works today." in capsys.readouterr().out


def test_a_registry_that_is_not_there_fails_the_story(capsys, impatient):
    with server_that_answers(200, {}) as url:
        pass
    assert story.run(demo_at(url, "cpas-namur")) == 1
    assert "no answer" in capsys.readouterr().out


def test_a_demonstration_goes_on_when_its_persons_cannot_be_loaded(capsys, impatient):
    with server_that_answers(403, {"detail": "Not today."}) as url:
        story.load(demo_at(url, *FILES, "cpas-namur"))

    assert "Not today." in capsys.readouterr().out


def test_a_server_that_is_restarted_is_waited_for():
    with server_that_answers(200, {"well": True}, failures=3) as url:
        assert api.call("GET", url).body == {"well": True}


def test_a_chapter_that_breaks_is_told_and_the_next_ones_go_on(monkeypatch, capsys):
    def broken(scene):
        raise Unexpected("the lights went out")

    def in_need(scene):
        scene.account.check("Something else holds", True)
        scene.decisions["family"]

    monkeypatch.setattr(story, "CHAPTERS", (broken, in_need))
    monkeypatch.setattr(story, "begin", lambda registry, account: told_to(account))

    assert story.run(demo_at("http://127.0.0.1:9")) == 1

    told = capsys.readouterr().out
    assert "the lights went out" in told
    assert "✔ Something else holds" in told
    assert "no 'family'" in told


def test_a_story_of_which_everything_holds_ends_well(monkeypatch, capsys):
    def fine(scene):
        scene.account.equal("Two and two are four", 2 + 2, 4)

    monkeypatch.setattr(story, "CHAPTERS", (fine, fine))
    monkeypatch.setattr(story, "begin", lambda registry, account: told_to(account))

    assert story.run(demo_at("http://127.0.0.1:9")) == 0
    assert "2 of 2 statements held" in capsys.readouterr().out


class Feed:
    """A recipient's feed of one event, and what was pushed of it."""

    def __init__(self, *, position=1, verified=True, pushed=None):
        self.event = {"id": "0197-1", "position": position, "data": {"right": "bim"}}
        self.receipt = {"id": "0197-1", "verified": verified, "event": pushed or self.event}

    def client(self, name):
        return self

    def get(self, path):
        return {"items": [self.event], "cursor": "epoch.1"}

    def received(self, name):
        return [self.receipt]


def compared(feed, monkeypatch):
    monkeypatch.setattr(deliveries, "wait_for", partial(wait_for, seconds=0))
    scene = told_to(quiet_account())
    scene.registry, scene.began = feed, {"mutualities": "epoch.0"}
    deliveries._compare(scene, "mutualities")
    return scene.account


def test_a_push_equal_to_the_feed_holds(monkeypatch):
    assert compared(Feed(), monkeypatch).held == 1


def test_a_push_that_differs_from_the_feed_fails(monkeypatch):
    other = {"id": "0197-1", "position": 1, "data": {"right": "other"}}

    assert compared(Feed(pushed=other), monkeypatch).failed == 1


def test_a_push_whose_signature_does_not_hold_never_arrives(monkeypatch):
    with pytest.raises(Unexpected, match="health insurance funds"):
        compared(Feed(verified=False), monkeypatch)


def test_waiting_ends_at_the_deadline_with_what_it_waited_for():
    with pytest.raises(Unexpected, match="the moon: not within 0 seconds"):
        wait_for("the moon", list, seconds=0)


@pytest.mark.parametrize("told", [{"today": "2027-02-01"}, {}])
def test_today_is_the_day_of_the_demonstration(told, monkeypatch):
    monkeypatch.setenv("TODAY", "2027-02-01")

    registry = Registry(demo_at("http://127.0.0.1:9") | told)

    assert registry.on == date(2027, 2, 1)


def told_to(account):
    return Scene(SimpleNamespace(on=date(2026, 3, 18)), account, 0, CAST)


def test_work_is_done_for_each_item_and_its_results_are_in_order():
    gate = threading.Event()

    def square(number):
        # The first one is ready last.
        assert gate.wait(10) if number == 0 else gate.set() is None
        return number**2

    assert quiet_account().progress("Squares", square, range(4)) == [0, 1, 4, 9]


def test_the_first_item_that_fails_ends_the_work():
    begun, nothing_comes = [], threading.Event()

    def fail_at_first(number):
        begun.append(number)
        if number == 0:
            raise Unexpected("not this one")
        # Long enough for the others to be called off.
        nothing_comes.wait(0.2)

    with pytest.raises(Unexpected, match="not this one"):
        quiet_account().progress("Failures", fail_at_first, range(10_000))

    assert len(begun) < 100
