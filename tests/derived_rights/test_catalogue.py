"""Rights are found by being there, put in order, and refused when they cannot work together."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

import derived_rights.engine
from attestations.codes import LANGUAGES
from derived_rights.engine.catalogue import discovered, kinds_read, ordered, reach, rights
from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import InvalidRight
from derived_rights.engine.right import Effect, Right
from derived_rights.engine.terms import (
    Aged,
    Attested,
    Derived,
    HeldInHousehold,
    PaidShare,
    Permitted,
    Reported,
    ResidesIn,
    Term,
)
from derived_rights.engine.texts import in_language
from tests.derived_rights.samples import right_of

income = Attested("integrationIncome")


def right(code: str, term: Term, *needs: FactKind) -> Right:
    return right_of(code, term, needs=needs)


# Codes stand in events and authorisations: they and their effects stay as they are.
FIXED = {
    "bim": Effect.GRANT,
    "brusselsFamilySupplement": Effect.INFORM,
    "civicIntegrationFlanders": Effect.INFORM,
    "deLijnReducedFare": Effect.GRANT,
    "dgphAdvanceOffset": Effect.OFFSET,
    "flemishCarePremiumReduction": Effect.REDUCE_DUE,
    "flemishFamilySupplement": Effect.GRANT,
    "flemishSocialHousing": Effect.INFORM,
    "flemishStudyGrant": Effect.GRANT,
    "immigrationOfficeInquiry": Effect.CHECK_ADVERSE,
    "inastiContributionRelief": Effect.PRESUME,
    "inastiFraudCheck": Effect.CHECK_ADVERSE,
    "jobseekerRegistrationPeriod": Effect.PRESUME,
    "ostbelgienFamilySupplement": Effect.GRANT,
    "secalRecovery": Effect.OFFSET,
    "socialTariff": Effect.GRANT,
    "socialTariffConsultation": Effect.INFORM,
    "stibReducedFare": Effect.GRANT,
    "taxPrefill": Effect.INFORM,
    "walloonFamilySupplement": Effect.GRANT,
}


def test_sources_and_notes_read_in_every_language() -> None:
    for code, right in rights().items():
        told = [right.reference]
        told += [text for p in right.parameters for text in (p.reference, p.note) if text]
        for text in told:
            in_all = [in_language(text, language) for language in LANGUAGES]
            assert len(set(in_all)) == len(LANGUAGES), (code, text)
            # The same numbers stand in all: it is the same text, of the same days.
            numbers = [sorted(re.findall(r"\d+", one.replace("1er", "1"))) for one in in_all]
            assert all(one == numbers[0] for one in numbers), (code, in_all)


def test_a_text_of_one_language_reads_as_it_is() -> None:
    assert in_language("By-law of a town", "nl") == "By-law of a town"


def test_the_rights_that_are_named_keep_their_codes_and_effects() -> None:
    found = {code: right.effect for code, right in rights().items() if code in FIXED}
    assert found == FIXED


def test_a_right_comes_after_those_it_reads() -> None:
    found = [
        right("a", Derived("b") | Derived("c")),
        right("b", Derived("c")),
        right("c", income, FactKind.ATTESTATIONS),
    ]
    assert list(ordered(found)) == ["c", "b", "a"]


def test_a_circle_is_refused_with_its_members() -> None:
    found = [right("a", Derived("b")), right("b", Derived("c")), right("c", Derived("a"))]
    with pytest.raises(InvalidRight, match="a circle: (a reads b reads c reads a|b reads c|c rea)"):
        ordered(found)


def test_two_rights_with_one_code() -> None:
    found = [right("a", income, FactKind.ATTESTATIONS)] * 2
    with pytest.raises(InvalidRight, match="two rights have the code a; rename one"):
        ordered(found)


def test_a_right_that_does_not_exist_cannot_be_read() -> None:
    with pytest.raises(InvalidRight, match="right a reads the right b, which does not exist"):
        ordered([right("a", Derived("b"))])


def test_needs_are_what_the_terms_read() -> None:
    term = HeldInHousehold(income) | Reported("increasedIntervention")
    message = "needs=.FactKind.ATTESTATIONS, FactKind.HOUSEHOLD, FactKind.INCREASED_INTERVENTION,"
    with pytest.raises(InvalidRight, match=message):
        ordered([right("a", term, FactKind.ATTESTATIONS)])


def test_a_module_without_a_right_is_refused() -> None:
    package: ModuleType = derived_rights.engine
    with pytest.raises(InvalidRight, match=r"write `right = Right\(...\)` in it"):
        discovered(package)


@pytest.mark.parametrize(
    ("term", "steps"),
    [
        (income, 0),
        (Derived("alone"), 0),
        (HeldInHousehold(income) | income, 1),
        (HeldInHousehold(HeldInHousehold(income)), 2),
        (HeldInHousehold(Derived("shared")), 2),
        (~(Derived("shared") & income), 1),
    ],
)
def test_reach_counts_households_through_other_rights(term: Term, steps: int) -> None:
    known = {
        "alone": right_of("alone", income),
        "shared": right_of("shared", HeldInHousehold(income)),
    }
    assert reach(right_of("sample", term), known) == steps


def test_reach_of_the_first_rights() -> None:
    found = {code: reach(rights()[code]) for code in ("bim", "socialTariff", "taxPrefill")}
    assert found == {"bim": 1, "socialTariff": 2, "taxPrefill": 0}


def test_kinds_are_read_through_other_rights() -> None:
    assert kinds_read(rights()["walloonFamilySupplement"], rights()) == {
        "integrationIncome",
        "equivalentIntegrationIncome",
    }


def test_every_term_says_which_facts_it_needs() -> None:
    term = (
        Aged(65)
        & ResidesIn("flanders")
        & Permitted(("A",))
        & PaidShare(("medicalCard",), ("medicalCard", "heatingAllowance"), 50, "year")
    )
    wanted = "ATTESTATIONS, BIRTH_DATE, PAID_AMOUNT, RESIDENCE, RESIDENCE_PERMIT"
    message = ", ".join(f"FactKind.{name}" for name in wanted.split(", "))
    with pytest.raises(InvalidRight, match=rf"declare needs=\({message},\), as its terms do"):
        ordered([right("a", term)])
    assert kinds_read(right("a", term), {}) == {
        "birthDate",
        "heatingAllowance",
        "medicalCard",
        "paidAmount",
        "residence",
        "residencePermit",
    }


def test_every_kind_of_fact_has_a_supplier() -> None:
    assert {kind: kind.supplier for kind in FactKind}.keys() == set(FactKind)
    assert FactKind.RESIDENCE_PERMIT.supplier.labels["en"] == "the Immigration Office"
