"""What a CPAS sends about its decisions."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from attestations.api.inputs import (
    CodeField,
    DayField,
    InstantField,
    PeriodInput,
    PlainField,
    SsinField,
    StrictSerializer,
    TextField,
    span_of,
)
from attestations.codes import AidKind, Category, HouseholdRelation
from attestations.services.decisions import Content, Member


class MemberInput(StrictSerializer):
    """A member of the household; `relation` is what the member is to the person."""

    ssin = SsinField()
    relation = CodeField(HouseholdRelation)


class ContentInput(PeriodInput):
    """The whole content of a decision, without its person."""

    aidKind = CodeField(AidKind)
    category = CodeField(Category, required=False)
    decidedOn = DayField()
    reference = PlainField(max_length=64, required=False)
    household = MemberInput(
        many=True,
        required=False,
        max_length=50,  # type: ignore[call-arg]  # taken by the list that `many` makes
    )


class DecisionInput(ContentInput):
    """A decision to record."""

    ssin = SsinField()


class RevisionInput(ContentInput):
    """A decision's new content, and why it changes."""

    reason = PlainField(max_length=500)


class StopInput(StrictSerializer):
    """The last day of the aid, and why it stops."""

    endDate = DayField()
    reason = PlainField(max_length=500)


class CancellationInput(StrictSerializer):
    """Why the decision should never have existed."""

    reason = PlainField(max_length=500)


class DecisionQuery(StrictSerializer):
    """`ssin` or `reference`, one of them; at most one of `date` and `period`.

    With a day or period, only decisions whose aid covers a day of it; with `knownAt`, as they
    stood at that instant.
    """

    ssin = SsinField(required=False)
    reference = TextField(max_length=64, required=False)
    date = DayField(required=False)
    period = PeriodInput(required=False)
    knownAt = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ssin" in attrs) == ("reference" in attrs):
            raise ValidationError(
                {"ssin": [ErrorDetail("Give ssin or reference, one of them.", "ext/requiredInput")]}
            )
        if "date" in attrs and "period" in attrs:
            raise ValidationError(
                {"date": [ErrorDetail("Give date or period, not both.", "ext/rejectedInput")]}
            )
        return attrs


def content_of(data: dict[str, Any]) -> Content:
    """The content that a validated body states."""
    members = data.get("household")
    return Content(
        aid_kind=data["aidKind"],
        category=data.get("category"),
        decided_on=data["decidedOn"],
        span=span_of(data),
        reference=data.get("reference", ""),
        household=None
        if members is None
        else tuple(Member(member["ssin"], member["relation"]) for member in members),
    )
