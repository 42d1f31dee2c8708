"""The social security identification number (NISS, INSZ) of a person: reading and checking it.

Well-formed is all that can be known here; whether the number was issued, replaced or cancelled is
for the registers to say. Birth dates and ages are never taken from a number.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from enum import Enum

import msgspec


class SsinKind(Enum):
    """The family of a number; the value is what the family adds to the month of birth."""

    NATIONAL_REGISTER = 0
    BIS_20 = 20  # bis number, sex not known when it was given
    BIS_40 = 40  # bis number, sex known
    TEST = 60  # fictitious, as the Flemish authorities use for tests; never given to anyone


class InvalidSsin(ValueError):
    """The text is no SSIN. `code` is stable; neither it nor `message` repeats the text.

    Codes: `format`, `checkDigits`, `birthDate`, `serial`, `testNumber`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_USUAL_SPELLING = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{2})-([0-9]{3})\.([0-9]{2})")
# Eleven digits, bare or in a usual punctuation, and not a part of a longer number.
SPELLED = r"(?<!\d)\d{2}[-./ ]?\d{2}[-./ ]?\d{2}[-./ ]{0,2}\d{3}[-./ ]?\d{2}(?!\d)"
# As people write a number on purpose: bare, or with its serial set apart. Eleven digits that
# are cut elsewhere only, like 2026/2700015, are the file number of somebody's own system.
_WRITTEN = re.compile(
    r"(?<!\d)(?=(\d{11}(?!\d)"
    r"|\d{2}[-./ ]?\d{2}[-./ ]?\d{2}[-./ ]{1,2}\d{3}[-./ ]?\d{2}(?!\d)))",
    re.ASCII,
)


class Ssin(msgspec.Struct, frozen=True, gc=False):
    """A well-formed number. Only `number` shows it: printing the object or `masked` does not."""

    number: str
    kind: SsinKind

    @classmethod
    def parse(cls, text: str, *, allow_test: bool) -> Ssin:
        """Reads 11 digits, or the usual spelling 85.71.05-123.69, and nothing else.

        Raises InvalidSsin. Test numbers pass only with `allow_test`.
        """
        number = text
        if len(text) != 11 or not text.isascii() or not text.isdigit():
            spelled = _USUAL_SPELLING.fullmatch(text)
            if spelled is None:
                raise InvalidSsin("format", "An SSIN has 11 digits, or the form 00.00.00-000.00.")
            number = "".join(spelled.groups())
        kind = _kind(number, _century(number))
        if kind is _NATIONAL_REGISTER and number[6:9] == "000":
            raise InvalidSsin("serial", "The serial number of a national number is never 000.")
        if kind is _TEST and not allow_test:
            raise InvalidSsin("testNumber", "Fictitious numbers (month 61 to 72) are not accepted.")
        return cls(number, kind)

    @property
    def masked(self) -> str:
        """Fit for logs: says that a number stood here, and not one of its digits."""
        return "*" * len(self.number)

    def __repr__(self) -> str:
        return f"Ssin({self.masked})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """What traceback printers show of a struct in place of its fields."""
        return [("number", self.masked)]


def check_digits(first_nine: str, *, century: int) -> str:
    """The last two digits of a number whose birth year lies in `century` (1900 or 2000).

    >>> check_digits("857105123", century=1900)
    '69'
    """
    return f"{97 - (int(first_nine) + 2_000_000_000 * (century == 2000)) % 97:02}"


def stands_in(text: str) -> bool:
    """Whether a number of a person stands in the text, fictitious ones included.

    >>> stands_in("file 85.71.05-123.69"), stands_in("file 85.71.05-123.68")
    (True, False)
    """
    return len(text) >= 11 and any(map(_is_number, _WRITTEN.findall(text)))


def _is_number(spelled: str) -> bool:
    try:
        Ssin.parse(re.sub(r"\D", "", spelled), allow_test=True)
    except InvalidSsin:
        return False
    return True


def make_ssin(birth: date, serial: int, kind: SsinKind = SsinKind.TEST) -> Ssin:
    """The number of that family for a person born on `birth`, for fixtures and demonstrations.

    `birth` is between 1900 and 2099 and `serial` between 1 and 999, otherwise ValueError.

    >>> make_ssin(date(1985, 11, 5), 123).number
    '85710512369'
    """
    if not (1900 <= birth.year <= 2099 and 1 <= serial <= 999):
        raise ValueError("an SSIN needs a birth year from 1900 to 2099 and a serial from 1 to 999")
    century = birth.year // 100 * 100
    first_nine = f"{birth.year % 100:02}{birth.month + kind.value:02}{birth.day:02}{serial:03}"
    return Ssin(first_nine + check_digits(first_nine, century=century), kind)


def _century(number: str) -> int:
    # 2,000,000,000 mod 97 is 68, not 0: no number passes for both centuries.
    first_nine, check_number = divmod(int(number), 100)
    if check_number == 97 - first_nine % 97:
        return 1900
    if check_number == 97 - (first_nine + 2_000_000_000) % 97:
        return 2000
    raise InvalidSsin("checkDigits", "The check digits do not fit the rest of the number.")


def _kind(number: str, century: int) -> SsinKind:
    """The family, from the month; refuses a month or a day that cannot be.

    Month 00 means that the date is unknown, or that the serial numbers of a day ran out: the day
    is then 00 or counts on from there. Day 00 alone means that the day is unknown.
    """
    kind_and_month = _MONTHS.get(number[2:4])
    if kind_and_month is None:
        raise InvalidSsin("birthDate", "No family of numbers has this month.")
    kind, month = kind_and_month
    day = number[4:6]
    if day > "28":
        last_day = monthrange(century + int(number[:2]), month)[1] if month else 31
        if int(day) > last_day:
            raise InvalidSsin("birthDate", "The day of birth does not exist.")
    return kind


_NATIONAL_REGISTER, _TEST = SsinKind.NATIONAL_REGISTER, SsinKind.TEST
# What the third and fourth digit say: the family, and the month of birth, 0 if unknown.
_MONTHS = {
    f"{kind.value + month:02}": (kind, month)
    for kind in SsinKind
    for month in range(kind is _TEST, 13)
}
