"""What comes in: serializers that refuse what they do not know, and the fields of the domain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from attestations.api.problems import input_error
from attestations.codes import CodeList
from attestations.periods import Span
from attestations.services.item_faults import DOES_NOT_SHOW, HOLDS_SSIN, NO_OBJECT, UNSHOWN
from attestations.ssin import InvalidSsin, Ssin, stands_in

MAX_ITEMS = 10_000
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses properties it does not declare, and null for any of them."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": NO_OBJECT}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {
                name: [ErrorDetail("There is no such property here.", "unknownInput")]
                for name in data
                if name not in self.fields
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


def strict(
    serializer: type[serializers.Serializer[Any]],
    request: Request,
    *,
    parameters: Iterable[str] = (),
) -> dict[str, Any]:
    """The validated body of the request, which has no other query parameters than these."""
    strict_query(request, parameters)
    instance = serializer(data=request.data)
    instance.is_valid(raise_exception=True)
    return dict(instance.validated_data)


def strict_query(request: Request, allowed: Iterable[str]) -> dict[str, str]:
    """The query parameters, each given at most once; unknown ones are refused."""
    allowed = set(allowed)
    problems: dict[str, Any] = {}
    for name, values in request.query_params.lists():
        if name not in allowed:
            problems[name] = [ErrorDetail("There is no such parameter.", "query:unknownInput")]
        elif len(values) > 1:
            problems[name] = [ErrorDetail("Give this parameter once.", "query:invalidInput")]
        elif "\x00" in values[0]:
            problems[name] = [ErrorDetail("Null characters are not text.", "query:schemaViolation")]
    if problems:
        raise serializers.ValidationError(problems)
    return {name: request.query_params[name] for name in request.query_params}


def query_error(name: str, detail: str, code: str = "schemaViolation") -> ValidationError:
    """A query parameter whose value cannot be used."""
    return input_error("query", name, detail, code)


SSIN_SCHEMA = {"type": "string", "pattern": r"^\d{11}$", "example": "85710512369"}


@extend_schema_field(SSIN_SCHEMA)
class SsinField(serializers.Field[Ssin, str, str, Any]):
    """A SSIN (NISS, INSZ): 11 digits with a right check number."""

    def to_internal_value(self, data: Any) -> Ssin:
        if not isinstance(data, str) or not data.isascii() or not data.isdigit() or len(data) != 11:
            raise serializers.ValidationError(
                "A SSIN is written as 11 digits, without punctuation.", "schemaViolation"
            )
        try:
            return Ssin.parse(data, allow_test=settings.ALLOW_TEST_SSIN)
        except InvalidSsin as error:
            raise serializers.ValidationError(str(error), "invalidInput") from error

    def to_representation(self, value: Any) -> str:
        return str(value)


class OneOfField(serializers.ChoiceField):
    """One of a few words; what they are is said to whoever sends another one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(
                f"Use one of: {', '.join(map(str, self.choices))}.", "schemaViolation"
            )
        return data


class CodeField(OneOfField):
    """A code of one of the registry's lists; its Python value is the enum's member."""

    def __init__(self, codes: type[CodeList], **kwargs: Any) -> None:
        self.codes = codes
        super().__init__(choices=[code.value for code in codes], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return self.codes(super().to_internal_value(data))


@extend_schema_field(OpenApiTypes.STR)
class TextField(serializers.CharField):
    """Text as sent: a number is not taken for one, and blanks at the ends are cut."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a string.", "schemaViolation")
        return super().to_internal_value(data)


class PlainField(TextField):
    """Text that is stored as it is: without a number of a person, or what does not show."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if DOES_NOT_SHOW.search(text):
            raise serializers.ValidationError(UNSHOWN, "schemaViolation")
        if stands_in(text):
            raise serializers.ValidationError(HOLDS_SSIN, "ext/rejectedInput")
        return text


class FlagField(serializers.BooleanField):
    """true or false, and no word or number that might mean one of them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This must be true or false.", "schemaViolation")
        return data


class WholeField(serializers.IntegerField):
    """A whole number, and no text that reads like one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            raise serializers.ValidationError("This must be a whole number.", "schemaViolation")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.DateTimeField):
    """An instant, with its offset: without one nobody knows which hour is meant."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not INSTANT.fullmatch(value):
            raise serializers.ValidationError(
                "Write an instant with its offset: 2026-03-18T09:12:44+01:00.", "schemaViolation"
            )
        return super().to_internal_value(value)


@extend_schema_field(OpenApiTypes.DATE)
class DayField(serializers.DateField):
    """A day as yyyy-MM-dd, and nothing else; the end of the calendar begins nothing."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise serializers.ValidationError("Write a day as yyyy-MM-dd.", "schemaViolation")
        day = super().to_internal_value(value)
        if day == date.max and not isinstance(self, LastDayField):
            raise serializers.ValidationError("No period begins so late.", "ext/outOfRange")
        return day


class LastDayField(DayField):
    """The last day of a period; 9999-12-31 is taken for no end at all."""


class ItemsField(serializers.ListField):
    """The items of a batch, unread: a bad one is reported by its index, not refused with all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=serializers.JSONField(),
            allow_empty=False,
            min_length=1,
            max_length=MAX_ITEMS,
            **kwargs,
        )


class PeriodInput(StrictSerializer):
    """A period; without `endDate` it is open."""

    startDate = DayField()
    endDate = LastDayField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "endDate" in attrs and attrs["endDate"] < attrs["startDate"]:
            raise serializers.ValidationError(
                {"endDate": [ErrorDetail("The end lies before the start.", "ext/invalidPeriod")]}
            )
        return attrs


def span_of(data: Mapping[str, Any]) -> Span:
    """The span of a validated PeriodInput."""
    return Span.inclusive(data["startDate"], data.get("endDate"))


def span_json(span: Span) -> dict[str, Any]:
    """A span at the edge: inclusive end, left out when open."""
    last_day = span.last_day
    return {"startDate": span.start} | ({} if last_day is None else {"endDate": last_day})
