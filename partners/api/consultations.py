"""What a recipient asks about persons: their rights and their attestations, each under a purpose."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api.inputs import (
    DayField,
    PeriodInput,
    SsinField,
    StrictSerializer,
    TextField,
    span_of,
    strict,
)
from attestations.api.shapes import AttestationShape, page_of
from attestations.periods import Span
from attestations.services.access import reading
from derived_rights.engine.catalogue import rights as catalogue
from partners.models import Authorisation
from partners.services import consulting
from partners.services.access import authorised

SCOPES = frozenset({"registry:consult"})
MAX_PERSONS = 1_000


class RightsQuery(StrictSerializer):
    """Whose rights, which ones, on which day or in which period, and as known when."""

    legalContext = TextField(max_length=64)
    ssin = SsinField(required=False)
    ssins = serializers.ListField(
        child=SsinField(), required=False, allow_empty=False, max_length=MAX_PERSONS
    )
    rights = serializers.ListField(child=TextField(max_length=64), required=False)
    date = DayField(required=False)
    period = PeriodInput(required=False)
    knownAt = serializers.DateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        _one_of(attrs, "ssin", "ssins")
        _one_of(attrs, "date", "period")
        return attrs


class AttestationsQuery(StrictSerializer):
    """Whose attestations, in which period, as known when, and whether whole chains are wanted."""

    legalContext = TextField(max_length=64)
    ssin = SsinField()
    period = PeriodInput()
    knownAt = serializers.DateTimeField(required=False)
    history = serializers.BooleanField(required=False)


class RightShape(serializers.Serializer[Any]):
    """A person's right on the day or in the period asked for."""

    ssin = serializers.CharField()
    right = serializers.CharField()
    effect = serializers.CharField(required=False)
    outcome = serializers.ChoiceField(
        ["applies", "doesNotApply", "undetermined", "notAvailable"]
    )
    periods = serializers.ListField(child=serializers.DictField(), required=False)
    missing = serializers.ListField(child=serializers.DictField(), required=False)
    version = serializers.IntegerField(required=False)


class RightsConsultation(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="queryRights",
        request=RightsQuery,
        responses=page_of("Rights", RightShape),
    )
    def post(self, request: Request) -> Response:
        """Rights of up to 1,000 persons; whom the caller may not see is `notAvailable`."""
        authorisation = purpose(request)
        data = strict(RightsQuery, request)
        codes = _rights(data.get("rights"), authorisation)
        ssins = data["ssins"] if "ssins" in data else [data["ssin"]]
        during = span_of(data["period"]) if "period" in data else _day(data["date"])
        with reading(
            request.user, operation="queryRights", legal_context=authorisation.legal_context
        ) as noted:
            items = consulting.rights(
                authorisation,
                ssins,
                codes,
                during=during,
                known_at=data.get("knownAt"),
                noted=noted,
            )
        return Response({"items": items})


class AttestationsConsultation(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="queryAttestations",
        request=AttestationsQuery,
        responses=page_of("Attestations", AttestationShape),
    )
    def post(self, request: Request) -> Response:
        """The current attestations that touch the period, or whole chains; authorised fields."""
        authorisation = purpose(request)
        data = strict(AttestationsQuery, request)
        if "attestations" not in authorisation.events:
            raise PermissionDenied("This authorisation does not cover attestations.")
        with reading(
            request.user, operation="queryAttestations", legal_context=authorisation.legal_context
        ) as noted:
            body = consulting.attestations(
                authorisation,
                data["ssin"],
                during=span_of(data["period"]),
                known_at=data.get("knownAt"),
                history=data.get("history", False),
                noted=noted,
            )
        return Response(body)


def purpose(request: Request) -> Authorisation:
    """The authorisation that the body names, checked before anything else is looked at."""
    return authorised(
        request.user.organisation_id, request.data.get("legalContext"), on=clock.today()
    )


def _day(day: Any) -> Span:
    return Span.inclusive(day, day)


def _one_of(attrs: dict[str, Any], first: str, second: str) -> None:
    if (first in attrs) == (second in attrs):
        raise ValidationError(
            {first: [ErrorDetail(f"Give {first} or {second}, one of them.", "ext/requiredInput")]}
        )


def _rights(asked: list[str] | None, authorisation: Authorisation) -> list[str]:
    """The rights asked for; unknown ones are an input error, others than authorised are refused."""
    codes = list(dict.fromkeys(asked)) if asked else list(authorisation.rights)
    unknown = {
        index: [ErrorDetail("There is no such right.", "referencedResourceNotFound")]
        for index, code in enumerate(codes)
        if code not in catalogue()
    }
    if unknown:
        raise ValidationError({"rights": unknown})
    if not set(codes) <= set(authorisation.rights):
        raise PermissionDenied("This authorisation does not cover every right you ask for.")
    return codes
