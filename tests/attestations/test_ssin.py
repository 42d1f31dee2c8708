"""Reading SSINs, with python-stdnum as a second opinion."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import ssn as second_opinion

from attestations.ssin import InvalidSsin, Ssin, SsinKind, check_digits, make_ssin


def number(first_nine: str, *, century: int = 1900) -> str:
    return first_nine + check_digits(first_nine, century=century)


def refusal(text: str, *, allow_test: bool = True) -> str | None:
    """The code of the error, or None when the text is an SSIN."""
    try:
        Ssin.parse(text, allow_test=allow_test)
    except InvalidSsin as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("85073003328", SsinKind.NATIONAL_REGISTER),
        ("17073003384", SsinKind.NATIONAL_REGISTER),  # born in 2017
        (number("000229001", century=2000), SsinKind.NATIONAL_REGISTER),  # 2000 was a leap year
        (number("850000001"), SsinKind.NATIONAL_REGISTER),  # date unknown
        (number("850700001"), SsinKind.NATIONAL_REGISTER),  # day unknown
        (number("850001001"), SsinKind.NATIONAL_REGISTER),  # serial numbers of a day ran out
        (number("852730033"), SsinKind.BIS_20),
        (number("852000000"), SsinKind.BIS_20),
        ("98472899765", SsinKind.BIS_40),
        ("01490700185", SsinKind.BIS_40),
        ("85710512369", SsinKind.TEST),
        ("15670523441", SsinKind.TEST),
    ],
)
def test_the_families_of_numbers(text: str, kind: SsinKind) -> None:
    ssin = Ssin.parse(text, allow_test=True)
    assert (ssin.number, ssin.kind) == (text, kind)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "format"),
        ("8507300332", "format"),
        ("850730033280", "format"),
        (" 85073003328", "format"),
        ("85073003328\n", "format"),
        ("85 07 30 033 28", "format"),
        ("85.07.30-03328", "format"),
        ("８5073003328", "format"),  # a full-width digit is no digit here
        ("85073003329", "checkDigits"),
        ("85073003300", "checkDigits"),
        (number("851330033"), "birthDate"),  # month 13
        (number("855330033"), "birthDate"),  # month 53
        (number("856030033"), "birthDate"),  # month 60: test numbers start at 61
        (number("858130033"), "birthDate"),  # month 81
        (number("850431033"), "birthDate"),  # 31 April
        (number("850229033"), "birthDate"),  # 29 February 1985
        (number("000229001"), "birthDate"),  # 29 February 1900, not a leap year
        (number("860229033"), "birthDate"),
        (number("850032033"), "birthDate"),
        (number("850730000"), "serial"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    assert refusal(text) == code


def test_test_numbers_pass_only_where_allowed() -> None:
    assert refusal("85710512369", allow_test=True) is None
    assert refusal("85710512369", allow_test=False) == "testNumber"


def test_the_usual_spelling_is_read_as_the_digits() -> None:
    spelled = Ssin.parse("85.71.05-123.69", allow_test=True)
    assert spelled == Ssin.parse("85710512369", allow_test=True)


def test_only_number_shows_the_digits() -> None:
    ssin = Ssin.parse("85710512369", allow_test=True)
    for shown in (str(ssin), repr(ssin), f"{ssin}", ssin.masked):
        assert not any(character.isdigit() for character in shown)


@given(st.from_regex(r"[0-9]{9}00", fullmatch=True))
def test_errors_do_not_repeat_the_text(text: str) -> None:
    with pytest.raises(InvalidSsin) as refused:
        Ssin.parse(text, allow_test=True)
    assert text[:9] not in str(refused.value)


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(1, 999),
    st.sampled_from(SsinKind),
)
def test_made_numbers_are_read_back(birth: date, serial: int, kind: SsinKind) -> None:
    made = make_ssin(birth, serial, kind)
    assert Ssin.parse(made.number, allow_test=True) == made


@pytest.mark.parametrize(
    ("birth", "first_nine", "century"),
    [
        (date(1900, 1, 1), "006101007", 1900),
        (date(1999, 12, 31), "997231007", 1900),
        (date(2000, 1, 1), "006101007", 2000),
        (date(2099, 12, 31), "997231007", 2000),
    ],
)
def test_made_numbers_hold_the_birth_date(birth: date, first_nine: str, century: int) -> None:
    made = make_ssin(birth, 7)
    assert made.number == number(first_nine, century=century)
    assert made.kind is SsinKind.TEST


@pytest.mark.parametrize(("year", "serial"), [(1899, 1), (2100, 1), (1985, 0), (1985, 1000)])
def test_numbers_that_cannot_be_made(year: int, serial: int) -> None:
    with pytest.raises(ValueError, match="an SSIN needs"):
        make_ssin(date(year, 1, 1), serial)


@given(st.integers(0, 999_999_999))
def test_the_check_digits_reveal_the_century(first_nine: int) -> None:
    text = f"{first_nine:09}"
    assert check_digits(text, century=1900) != check_digits(text, century=2000)


TODAY = date(2026, 6, 1)


def known_difference(text: str) -> str | None:
    """Why python-stdnum may think otherwise about a number whose check digits fit."""
    month, day = int(text[2:4]), int(text[4:6])
    born_2000s = text[9:] == check_digits(text[:9], century=2000)
    if 61 <= month <= 72:
        return "test numbers: only here"
    if born_2000s and 2000 + int(text[:2]) > TODAY.year:
        return "born after today: only here, where nothing depends on today"
    if text[6:9] == "000":
        return "serial 000: only there"
    if day > 28:
        return "a day that does not exist: there, unknown"
    return None


def sample(random: Random) -> str:
    """A number of any family, sound or with one thing wrong."""
    month = random.choice((0, 0, 20, 20, 40, 40, 60, 80)) + random.randrange(14)
    serial = random.choice((0, random.randrange(1000), random.randrange(1000)))
    first_nine = f"{random.randrange(100):02}{month:02}{random.randrange(34):02}{serial:03}"
    text = number(first_nine, century=random.choice((1900, 2000)))
    if random.random() < 0.2:
        place = random.randrange(11)
        text = text[:place] + str(random.randrange(10)) + text[place + 1 :]
    return text


def test_python_stdnum_agrees_but_for_the_known_differences() -> None:
    random = Random(97)
    agreed: Counter[bool] = Counter()
    differed: Counter[str | None] = Counter()
    with time_machine.travel(TODAY, tick=False):
        for _ in range(100_000):
            text = sample(random)
            here, there = refusal(text) is None, second_opinion.is_valid(text)
            if here == there:
                agreed[here] += 1
            else:
                differed[known_difference(text)] += 1
    assert min(agreed[True], agreed[False]) > 10_000
    assert differed.pop(None, 0) == 0
    assert len(differed) == 4, "a listed difference no longer occurs"
