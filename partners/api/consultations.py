"""What a recipient asks about persons, always under a purpose: rights, reasons, attestations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api.inputs import (
    DayField,
    FlagField,
    InstantField,
    PeriodInput,
    SsinField,
    StrictSerializer,
    TextField,
    span_of,
    strict,
)
from attestations.api.permissions import caller
from attestations.api.shapes import AID_KINDS, PeriodShape, list_of
from attestations.codes import LANGUAGES
from attestations.models import Attestation
from attestations.periods import Span
from attestations.services.access import reading
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.engine.right import Effect
from partners import right_answers
from partners.api import answers
from partners.models import Authorisation
from partners.services import consulting, explaining
from partners.services.access import authorised

SCOPES = frozenset({"registry:consult"})
MAX_PERSONS = 1_000


class RightsQuery(StrictSerializer):
    """Whose rights, which ones, on which day or in which period, and as known when."""

    legalContext = TextField(max_length=64)
    ssin = SsinField(required=False)
    ssins = serializers.ListField(
        child=SsinField(),
        required=False,
        allow_empty=False,
        min_length=1,
        max_length=MAX_PERSONS,
    )
    rights = serializers.ListField(child=TextField(max_length=64), required=False)
    date = DayField(required=False)
    period = PeriodInput(required=False)
    knownAt = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        one_of(attrs, "ssin", "ssins")
        one_of(attrs, "date", "period")
        return attrs


class AttestationsQuery(StrictSerializer):
    """Whose attestations, in which period, as known when, and whether whole chains are wanted."""

    legalContext = TextField(max_length=64)
    ssin = SsinField()
    period = PeriodInput()
    knownAt = InstantField(required=False)
    history = FlagField(required=False)


class ExplanationQuery(StrictSerializer):
    """Which right of whom, on which day."""

    legalContext = TextField(max_length=64)
    ssin = SsinField()
    right = TextField(max_length=64)
    date = DayField()


class MissingFactShape(serializers.Serializer[Any]):
    """A fact that would settle the question, and who can supply it."""

    fact = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not Field.source


class RightShape(serializers.Serializer[Any]):
    """A person's right on the day or in the period asked for."""

    ssin = serializers.CharField()
    right = serializers.CharField()
    effect = serializers.ChoiceField([effect.value for effect in Effect], required=False)
    outcome = serializers.ChoiceField(["applies", "doesNotApply", "undetermined", "notAvailable"])
    periods = PeriodShape(many=True, required=False)
    undeterminedPeriods = PeriodShape(many=True, required=False)
    missing = MissingFactShape(many=True, required=False)
    filteredElements = serializers.ListField(child=serializers.CharField(), required=False)
    version = serializers.IntegerField(required=False)


class AuthorisedAttestationShape(serializers.Serializer[Any]):
    """An attestation; what the authorisation does not open is left out."""

    attestationNumber = serializers.CharField(max_length=15, required=False)
    previousAttestationNumber = serializers.CharField(max_length=15, required=False)
    nature = serializers.ChoiceField(Attestation.Nature.values)
    aidKind = serializers.ChoiceField(AID_KINDS, required=False)
    startDate = serializers.DateField(required=False)
    endDate = serializers.DateField(required=False)
    enterpriseNumber = serializers.CharField(required=False)
    createdAt = serializers.DateTimeField()
    sentAt = serializers.DateTimeField(required=False)
    superseded = serializers.BooleanField()
    ticket = serializers.UUIDField()


class ParameterShape(serializers.Serializer[Any]):
    """A figure of the law, with its source."""

    name = serializers.CharField()
    value = serializers.JSONField()
    unit = serializers.CharField()
    validFrom = serializers.DateField()
    reference = serializers.CharField()


class StepShape(serializers.Serializer[Any]):
    """A reason, and the reasons of this reason."""

    text = serializers.CharField()
    holds = serializers.BooleanField()
    startDate = serializers.DateField(required=False)
    endDate = serializers.DateField(required=False)
    attestationNumbers = serializers.ListField(child=serializers.CharField(), required=False)
    parameter = ParameterShape(required=False)
    steps = serializers.ListField(child=serializers.DictField(), required=False)


class ReceiptShape(serializers.Serializer[Any]):
    """Identifies the law, the figures and the facts that gave the answer."""

    right = serializers.CharField()
    version = serializers.DateField()
    parameters = serializers.CharField()
    facts = serializers.CharField()


class ExplanationShape(serializers.Serializer[Any]):
    """Why the right applies that day, or does not; `notAvailable` says nothing more."""

    ssin = serializers.CharField()
    right = serializers.CharField()
    date = serializers.DateField()
    outcome = serializers.ChoiceField(["applies", "doesNotApply", "undetermined", "notAvailable"])
    language = serializers.ChoiceField(LANGUAGES, required=False)
    summary = serializers.CharField(required=False)
    steps = StepShape(many=True, required=False)
    receipt = ReceiptShape(required=False)


class RightsConsultation(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="queryRights",
        request=RightsQuery,
        responses=list_of("Rights", RightShape),
    )
    def post(self, request: Request) -> Response:
        """Rights of up to 1,000 persons; whom the caller may not see is `notAvailable`."""
        authorisation = purpose(request)
        data = strict(RightsQuery, request)
        codes = authorised_rights(data.get("rights"), authorisation)
        ssins = data["ssins"] if "ssins" in data else [data["ssin"]]
        during = span_of(data["period"]) if "period" in data else day_as_span(data["date"])
        with reading(
            caller(request), operation="queryRights", legal_context=authorisation.legal_context
        ) as noted:
            found = consulting.rights(
                authorisation,
                ssins,
                codes,
                during=during,
                known_at=data.get("knownAt"),
                noted=noted,
            )
        items = [right_answers.right(one, authorisation.fields) for one in found]
        return Response({"items": items})


class RightsExplanation(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="explainRight", request=ExplanationQuery, responses=ExplanationShape
    )
    def post(self, request: Request) -> Response:
        """Why a right applies to a person on a day, or not, in the language asked for."""
        authorisation = purpose(request)
        data = strict(ExplanationQuery, request)
        try:
            (code,) = authorised_rights([data["right"]], authorisation)
        except ValidationError:
            problem = ErrorDetail("There is no such right.", "referencedResourceNotFound")
            raise ValidationError({"right": [problem]}) from None
        with reading(
            caller(request), operation="explainRight", legal_context=authorisation.legal_context
        ) as noted:
            body = explaining.explanation(
                authorisation,
                data["ssin"],
                code,
                on=data["date"],
                language=get_language() or "en",
                noted=noted,
            )
        return Response(body)


class AttestationsConsultation(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="queryAttestations",
        request=AttestationsQuery,
        responses=list_of(
            "Attestations",
            AuthorisedAttestationShape,
            filteredElements=serializers.ListField(child=serializers.CharField()),
        ),
    )
    def post(self, request: Request) -> Response:
        """The current attestations that touch the period, or whole chains; authorised fields."""
        authorisation = purpose(request)
        data = strict(AttestationsQuery, request)
        if "attestations" not in authorisation.events:
            raise PermissionDenied("This authorisation does not cover attestations.")
        with reading(
            caller(request),
            operation="queryAttestations",
            legal_context=authorisation.legal_context,
        ) as noted:
            rows = consulting.attestations(
                authorisation,
                data["ssin"],
                during=span_of(data["period"]),
                known_at=data.get("knownAt"),
                history=data.get("history", False),
                noted=noted,
            )
        known_at = data.get("knownAt")
        body = answers.attestations(rows, authorisation.fields, known_at=known_at)
        return Response(body)


def purpose(request: Request) -> Authorisation:
    """The authorisation that the body names, checked before anything else is looked at."""
    body: dict[str, Any] = request.data  # type: ignore[assignment]  # the parser takes no other
    return authorised(caller(request).organisation_id, body.get("legalContext"), on=clock.today())


def day_as_span(day: Any) -> Span:
    """The span of one day."""
    return Span.inclusive(day, day)


def one_of(attrs: dict[str, Any], first: str, second: str) -> None:
    """A ValidationError unless exactly one of the two is given."""
    if (first in attrs) == (second in attrs):
        raise ValidationError(
            {first: [ErrorDetail(f"Give {first} or {second}, one of them.", "ext/requiredInput")]}
        )


def authorised_rights(asked: list[str] | None, authorisation: Authorisation) -> list[str]:
    """The rights asked for; unknown ones are an input error, others than authorised are refused."""
    codes = list(dict.fromkeys(asked)) if asked else list(authorisation.rights)
    unknown: dict[Any, Any] = {
        index: [ErrorDetail("There is no such right.", "referencedResourceNotFound")]
        for index, code in enumerate(codes)
        if code not in catalogue()
    }
    if unknown:
        raise ValidationError({"rights": unknown})
    if not set(codes) <= set(authorisation.rights):
        raise PermissionDenied("This authorisation does not cover every right you ask for.")
    return codes
