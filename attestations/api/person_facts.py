"""Facts about persons, as authentic sources deliver them: by the batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock, municipalities
from attestations.api import item_batches
from attestations.api.decision_inputs import MemberInput
from attestations.api.idempotency import IDEMPOTENCY, idempotent
from attestations.api.inputs import (
    CodeField,
    DayField,
    FlagField,
    ItemsField,
    OneOfField,
    PeriodInput,
    PlainField,
    SsinField,
    StrictSerializer,
    TextField,
    WholeField,
    span_of,
    strict,
)
from attestations.api.missing import MonthField
from attestations.api.permissions import caller
from attestations.api.problems import item_issues
from attestations.api.tasks import TaskShape
from attestations.codes import AidKind
from attestations.models import PersonFact
from attestations.periods import Span, next_month_start
from attestations.services import facts
from attestations.services.bulk_items import domain_issue
from attestations.services.facts import Stated
from attestations.tickets import current_ticket

Kind = PersonFact.Kind
MAX_EURO_CENT = 100_000_000


class PastDayField(DayField):
    """The day of something that has happened."""

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if day > clock.today():
            raise ValidationError("The day lies after today.", "ext/outOfRange")
        return day


class MunicipalityField(TextField):
    """The NIS code of a municipality, in force or ended."""

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        try:
            return municipalities.get(code).code
        except municipalities.UnknownMunicipality as error:
            raise ValidationError(
                "No municipality has, or had since 2018, this NIS code.",
                "referencedResourceNotFound",
            ) from error


class FactInput(StrictSerializer):
    """A fact about a person, and who says so. Each kind of fact adds what it holds."""

    ssin = SsinField()
    source = PlainField(max_length=40)  # type: ignore[assignment]  # the class takes it away

    def stated(self, data: Mapping[str, Any], **content: Any) -> Stated:
        return Stated(data["ssin"], Kind(data["fact"]), data["source"], **content)


class PeriodFactInput(PeriodInput, FactInput):
    """A fact that holds for a period."""


class BirthDateFact(FactInput):
    """When a person was born."""

    fact = serializers.ChoiceField([Kind.BIRTH_DATE.value])
    value = PastDayField()

    def read(self, data: Mapping[str, Any]) -> Stated:
        return self.stated(data, value={"date": data["value"].isoformat()})


class DeathFact(FactInput):
    """When a person died."""

    fact = serializers.ChoiceField([Kind.DEATH.value])
    value = PastDayField()

    def read(self, data: Mapping[str, Any]) -> Stated:
        return self.stated(data, value={"date": data["value"].isoformat()})


class ResidenceFact(PeriodFactInput):
    """Where a person lives; a code that a merger ended is taken for its successor from then on."""

    fact = serializers.ChoiceField([Kind.RESIDENCE.value])
    municipalityCode = MunicipalityField(max_length=5)

    def read(self, data: Mapping[str, Any]) -> Stated:
        value = {"municipalityCode": data["municipalityCode"]}
        return self.stated(data, span=span_of(data), value=value)


class HouseholdFact(PeriodFactInput):
    """With whom a person lives; no members: alone."""

    fact = serializers.ChoiceField([Kind.HOUSEHOLD.value])
    members = MemberInput(
        many=True,
        max_length=50,  # type: ignore[call-arg]  # taken by the list that `many` makes
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        numbers = [attrs["ssin"].number, *(one["ssin"].number for one in attrs["members"])]
        if len(set(numbers)) != len(numbers):
            detail = "A household names each person once, and not its own subject."
            raise ValidationError({"members": [ErrorDetail(detail, "invalidInput")]})
        return super().validate(attrs)

    def read(self, data: Mapping[str, Any]) -> Stated:
        members = tuple((one["ssin"], one["relation"]) for one in data["members"])
        return self.stated(data, span=span_of(data), members=members)


class IncreasedInterventionFact(PeriodFactInput):
    """A mutuality grants the increased intervention."""

    fact = serializers.ChoiceField([Kind.INCREASED_INTERVENTION.value])

    def read(self, data: Mapping[str, Any]) -> Stated:
        return self.stated(data, span=span_of(data))


class PaidAmountFact(FactInput):
    """What was paid for a month of aid."""

    fact = serializers.ChoiceField([Kind.PAID_AMOUNT.value])
    aidKind = CodeField(AidKind)
    month = MonthField()
    amountEuroCent = WholeField(min_value=0, max_value=MAX_EURO_CENT)

    def read(self, data: Mapping[str, Any]) -> Stated:
        return self.stated(
            data,
            span=Span(data["month"], next_month_start(data["month"])),
            aid_kind=str(data["aidKind"]),
            value={"amountEuroCent": data["amountEuroCent"]},
        )


class ResidencePermitFact(PeriodFactInput):
    """The card or category under which a person may stay."""

    fact = serializers.ChoiceField([Kind.RESIDENCE_PERMIT.value])
    value = PlainField(max_length=40)

    def read(self, data: Mapping[str, Any]) -> Stated:
        return self.stated(data, span=span_of(data), value={"permit": data["value"]})


class ForeignInsuranceFact(PeriodFactInput):
    """Whether a person was socially insured in another state of the EEA or in Switzerland."""

    fact = serializers.ChoiceField([Kind.FOREIGN_INSURANCE.value])
    value = FlagField()

    def read(self, data: Mapping[str, Any]) -> Stated:
        return self.stated(data, span=span_of(data), value={"holds": data["value"]})


FACTS: dict[str, Any] = {
    Kind.BIRTH_DATE.value: BirthDateFact,
    Kind.RESIDENCE.value: ResidenceFact,
    Kind.HOUSEHOLD.value: HouseholdFact,
    Kind.INCREASED_INTERVENTION.value: IncreasedInterventionFact,
    Kind.PAID_AMOUNT.value: PaidAmountFact,
    Kind.RESIDENCE_PERMIT.value: ResidencePermitFact,
    Kind.FOREIGN_INSURANCE.value: ForeignInsuranceFact,
    Kind.DEATH.value: DeathFact,
}


class AnyFact(serializers.Serializer[Any]):
    """Reads an item whose fact is none of these, only to refuse it."""

    fact = OneOfField(list(FACTS))


def serializer_of(item: Any) -> type[serializers.Serializer[Any]]:
    """What reads an item: decided by its `fact`."""
    kind = item.get("fact") if isinstance(item, Mapping) else None
    return FACTS.get(kind, AnyFact) if isinstance(kind, str) else AnyFact


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="PersonFact",
        serializers=list(FACTS.values()),
        resource_type_field_name=None,
        many=True,
    )
)
class FactItems(ItemsField):
    """Facts, each judged by itself."""


class FactBatch(StrictSerializer):
    """Up to 10,000 facts; `atomic` makes it all or nothing."""

    items = FactItems()
    atomic = FlagField(required=False)


class PersonFacts(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset({"registry:claims"})

    @extend_schema(
        operation_id="recordPersonFacts",
        request=FactBatch,
        responses={202: TaskShape},
        parameters=[IDEMPOTENCY],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store what authentic sources say about persons, each fact with its source.

        A later item of the same source about a period that begins on the same day replaces the
        earlier one; what was known before stays readable.
        """
        batch = strict(FactBatch, request)
        atomic = batch.get("atomic", False)
        return item_batches.take_in(
            item_batches.judge(batch["items"], serializer_of),
            kind="personFacts",
            owner=caller(request).owner,
            atomic=atomic,
            store=lambda items: _store(items, atomic=atomic),
        )


def _store(items: list[dict[str, Any]], *, atomic: bool) -> item_batches.Issues:
    stated = [FACTS[data["fact"]]().read(data) for data in items]
    outcome = facts.record(stated, ticket=current_ticket(), atomic=atomic)
    return {
        place: list(item_issues([domain_issue(error)])) for place, error in outcome.refused.items()
    }
