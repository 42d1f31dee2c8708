"""The sentences of refusals, told in the language of the caller.

They are raised in English, also by modules that know no language. Where an answer is made the
sentence is found again here, with what stands in it, and told in the language of the answer. One
that is not listed stays English; a test sees to it that none is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext, gettext_noop

SENTENCES = (
    gettext_noop("Input isn't valid with respect to schema"),
    gettext_noop("Invalid input"),
    gettext_noop("Unknown input"),
    gettext_noop("Referenced resource not found"),
    gettext_noop("Period is invalid"),
    gettext_noop("Input value is out of range"),
    gettext_noop("Input is required"),
    gettext_noop("Input is not allowed in this context"),
    gettext_noop("The input is not accepted: see issues."),
    gettext_noop("The registry is busy: try again shortly."),
    gettext_noop("There is no such resource."),
    gettext_noop("Send an access token: Authorization: Bearer ..."),
    gettext_noop("The body is larger than %(size)s MiB."),
    gettext_noop("Send the body as it is, without Content-Encoding."),
    gettext_noop("The body must be a JSON object."),
    gettext_noop("The body is not valid JSON: %(fault)s"),
    gettext_noop("The line is not valid JSON: %(fault)s"),
    gettext_noop("This must be a JSON object."),
    gettext_noop("Something went wrong on our side; quote the ticket when you ask about it."),
    gettext_noop("There is no such task of yours."),
    gettext_noop("There is no such property here."),
    gettext_noop("There is no such parameter."),
    gettext_noop("Give this parameter once."),
    gettext_noop("Null characters are not text."),
    gettext_noop("Write true or false."),
    gettext_noop("Use 1 to 255 printable ASCII characters."),
    gettext_noop("This key was used with another body: choose a new key."),
    gettext_noop("The first call with this key is still running."),
    gettext_noop("Send the ETag of the version that you change as If-Match."),
    gettext_noop('Write the ETag as it was given, such as "1", several with commas between, or *.'),
    gettext_noop('None of the ETags in If-Match is one of a version, such as "1".'),
    gettext_noop("Ask for 1 to %(most)s items."),
    gettext_noop("Only total can be asked for."),
    gettext_noop("Pass the cursor of `next` as it was given."),
    gettext_noop("This call needs the scope %(scopes)s."),
    gettext_noop("This client does not belong to a CPAS."),
    gettext_noop("A SSIN is written as 11 digits, without punctuation."),
    gettext_noop("An SSIN has 11 digits, or the form 00.00.00-000.00."),
    gettext_noop("The check digits do not fit the rest of the number."),
    gettext_noop("No family of numbers has this month."),
    gettext_noop("The day of birth does not exist."),
    gettext_noop("The serial number of a national number is never 000."),
    gettext_noop("Fictitious numbers (month 61 to 72) are not accepted."),
    gettext_noop(
        "This holds the number of a person: a SSIN stands in ssin only. Write something else here."
    ),
    gettext_noop("This holds characters that do not show: write it without them."),
    gettext_noop("Use one of: %(known)s."),
    gettext_noop("This must be a string."),
    gettext_noop("This must be true or false."),
    gettext_noop("This must be a whole number."),
    gettext_noop("Write an instant with its offset: 2026-03-18T09:12:44+01:00."),
    gettext_noop("Write a day as yyyy-MM-dd."),
    gettext_noop("Write a month as yyyy-MM."),
    gettext_noop("No period begins so late."),
    gettext_noop("The end lies before the start."),
    gettext_noop("The day lies after today."),
    gettext_noop("The day lies after today (%(today)s)."),
    gettext_noop("Give %(first)s or %(second)s, one of them."),
    gettext_noop("Give date or period, not both."),
    gettext_noop("No CPAS is registered under this number."),
    gettext_noop("No aid was claimed before 1974."),
    gettext_noop("No municipality has, or had since 2018, this NIS code."),
    gettext_noop("A household names each person once, and not its own subject."),
    gettext_noop("There is no such decision of your CPAS."),
    gettext_noop("The decision is cancelled: record a new one instead."),
    gettext_noop(
        "The decision is at version %(now)s, you change version %(yours)s: read it again, "
        "then decide whether your change still applies."
    ),
    gettext_noop("The decision is dated after today (%(today)s): record it once it is taken."),
    gettext_noop("The aid cannot start before %(day)s."),
    gettext_noop(
        "The aid starts on %(day)s: it cannot end before. If it should never have "
        "existed, cancel the decision."
    ),
    gettext_noop(
        "The aid already ends on %(day)s: a stop shortens. Record or revise a decision to "
        "lengthen it."
    ),
    gettext_noop("The household names the person of the decision itself."),
    gettext_noop("The household names the same person twice."),
    gettext_noop(
        "This person is already named in the households of at least %(most)s other persons, "
        "and no more are accepted: check the number, and leave out a member whose number is "
        "not known."
    ),
    gettext_noop(
        "Attestation %(number)s of your CPAS already covers this kind of aid from "
        "%(start)s to %(end)s: revise or stop its decision first."
    ),
    gettext_noop("an open end"),
    gettext_noop(
        "%(noun)s %(index)s already covers this kind of aid for this person from "
        "%(start)s to %(end)s."
    ),
    gettext_noop("Item"),
    gettext_noop("Line"),
    gettext_noop("There is no such finding of your CPAS."),
    gettext_noop("The finding is already resolved."),
    gettext_noop("A number cannot replace itself."),
    gettext_noop(
        "The number is recorded as replaced on %(then)s, and not by this number on "
        "%(day)s: a recorded replacement cannot be changed."
    ),
    gettext_noop("This would close a circle: the new number was itself replaced by the old one."),
)
# What the decoder of JSON says, as it stands after one of the sentences above.
FAULTS_OF_JSON = (
    gettext_noop("Input data was truncated"),
    gettext_noop("it is not UTF-8"),
    gettext_noop("it is nested too deep"),
    gettext_noop("a number is out of range"),
    gettext_noop("JSON is malformed: %(fault)s (byte %(place)s)"),
    gettext_noop("invalid character"),
    gettext_noop("invalid number"),
    gettext_noop("trailing characters"),
    gettext_noop("trailing comma in array"),
    gettext_noop("trailing comma in object"),
    gettext_noop("object keys must be strings"),
    gettext_noop("expected ':'"),
    gettext_noop("expected ',' or ']'"),
    gettext_noop("expected ',' or '}'"),
    gettext_noop("invalid escape character in string"),
    gettext_noop("invalid character in unicode escape"),
    gettext_noop("invalid utf-16 surrogate pair"),
    gettext_noop("unexpected end of escaped utf-16 surrogate pair"),
)
# The framework's own, which it translates itself, as the checks of batches fill them in.
FRAMEWORK = (
    "Ensure this field has no more than {max_length} characters.",
    "Ensure this field has no more than {max_length} elements.",
    'Expected a list of items but got type "{input_type}".',
    "Date has wrong format. Use one of these formats instead: {format}.",
    "Surrogate characters are not allowed: U+{code_point:X}.",
)
PLACE = re.compile(r"%\((\w+)\)s|\{(\w+)(?::X)?\}")

_plain: set[str] = set()
_patterns: dict[str, re.Pattern[str]] = {}


def add(sentences: Iterable[str]) -> None:
    """List sentences; `%(name)s` and `{name}` stand for whatever a refusal fills in there."""
    for sentence in sentences:
        if PLACE.search(sentence):
            _patterns[sentence] = re.compile("".join(_parts(sentence)), re.DOTALL)
        else:
            _plain.add(sentence)


def _parts(sentence: str) -> Iterator[str]:
    end = 0
    for place in PLACE.finditer(sentence):
        yield f"{re.escape(sentence[end : place.start()])}(?P<{place[1] or place[2]}>.*)"
        end = place.end()
    yield re.escape(sentence[end:])


def is_listed(text: str) -> bool:
    """Whether the sentence can be told in every language."""
    return text in _plain or any(one.fullmatch(text) for one in _patterns.values())


def told(text: str) -> str:
    """The sentence in the language of the answer."""
    if (get_language() or "en").startswith("en") or not text:
        return text
    if text not in _plain:
        for sentence, pattern in _patterns.items():
            if found := pattern.fullmatch(text):
                return _filled(gettext(sentence), found.groupdict())
    return gettext(text)


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    """The translation with what stood in the English sentence; that may be a sentence itself."""

    def value(place: re.Match[str]) -> str:
        name = place[1] or place[2]
        text = values[name]
        return told(text) if name == "fault" or text in _plain else text

    return PLACE.sub(value, sentence)


def told_fates(fates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The fates of the items of a batch, as they are kept, in the language of the answer."""
    return [
        {
            **fate,
            "issues": [
                one | {name: told(one[name]) for name in ("title", "detail") if name in one}
                for one in fate["issues"]
            ],
        }
        for fate in fates
    ]


add(SENTENCES)
add(FAULTS_OF_JSON)
add(FRAMEWORK)
