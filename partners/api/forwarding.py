"""For the CPAS: what a decision would bring about, and whom a recorded one was told to."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api import shapes
from attestations.api.decision_inputs import DecisionInput, content_of
from attestations.api.inputs import span_json, strict, strict_query
from attestations.api.permissions import caller, own_cpas
from attestations.models import Attestation
from attestations.models.fields import timeline_from_json
from attestations.services import decisions, persons
from attestations.services.access import reading
from attestations.tickets import current_ticket
from derived_rights.engine.catalogue import rights as catalogue
from partners.models import Refusal
from partners.services import previewing
from partners.services.previewing import Addressee

RECORD = frozenset({"registry:record"})


class OrganisationShape(serializers.Serializer[Any]):
    """Who may be told; names by language."""

    enterpriseNumber = serializers.CharField()
    names = serializers.DictField(child=serializers.CharField())


class AddresseeShape(serializers.Serializer[Any]):
    """An organisation that may be told, whether it was, and if not, why not."""

    organisation = OrganisationShape()
    attestationNumber = serializers.CharField(required=False)
    right = serializers.CharField(required=False)
    forwarded = serializers.BooleanField()
    ticket = serializers.UUIDField(required=False)
    reason = serializers.ChoiceField(Refusal.Reason.values, required=False)
    feedback = serializers.ChoiceField(["applied", "refused"], required=False)


class PreviewedAttestationShape(serializers.Serializer[Any]):
    """An attestation that would be sent; it has no number yet."""

    nature = serializers.ChoiceField(Attestation.Nature.values)
    aidKind = serializers.ChoiceField(shapes.AID_KINDS)
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    enterpriseNumber = serializers.CharField()


class PreviewedRightShape(serializers.Serializer[Any]):
    """A right that would change, with its periods after and before."""

    right = serializers.CharField()
    effect = serializers.CharField()
    periods = shapes.PeriodShape(many=True)
    previousPeriods = shapes.PeriodShape(many=True)


class PreviewShape(serializers.Serializer[Any]):
    """What a decision would bring about."""

    attestations = PreviewedAttestationShape(many=True)
    rights = PreviewedRightShape(many=True)
    addressees = AddresseeShape(many=True)


class Preview(APIView):
    scopes: ClassVar[frozenset[str]] = RECORD

    @extend_schema(operation_id="previewDecision", request=DecisionInput, responses=PreviewShape)
    def post(self, request: Request) -> Response:
        """The consequence of a decision; nothing is saved, and no number is given out."""
        data = strict(DecisionInput, request)
        with reading(caller(request), operation="previewDecision") as noted:
            found = previewing.preview(
                cpas=own_cpas(request),
                ssin=data["ssin"],
                content=content_of(data),
                ticket=current_ticket(),
            )
            number = persons.find(data["ssin"])
            if number is not None:
                noted.served(persons.resolve(number).pk)
        kept = {"nature", "aidKind", "startDate", "endDate", "enterpriseNumber"}
        return Response(
            {
                "attestations": [
                    {k: v for k, v in shapes.attestation(row).items() if k in kept}
                    for row in found.attestations
                ],
                "rights": [
                    {
                        "right": change.right,
                        "effect": catalogue()[change.right].effect.value,
                        "periods": _spans(change.periods),
                        "previousPeriods": _spans(change.previous_periods),
                    }
                    for change in found.changes
                ],
                "addressees": [_addressee(one, with_ticket=False) for one in found.addressees],
            }
        )


class Addressees(APIView):
    scopes: ClassVar[frozenset[str]] = RECORD

    @extend_schema(
        operation_id="listAddressees", responses=shapes.list_of("Addressees", AddresseeShape)
    )
    def get(self, request: Request, decisionId: uuid.UUID) -> Response:
        """Per possible addressee: forwarded, with the ticket, or not, with the reason."""
        strict_query(request, [])
        with reading(caller(request), operation="listAddressees") as noted:
            decision = decisions.find(cpas=own_cpas(request), decision_id=decisionId)
            noted.served(decision.person_id)
            items = [_addressee(one) for one in previewing.addressees(decision)]
        return Response({"items": items, "self": request.path})


def _addressee(one: Addressee, *, with_ticket: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {
        "organisation": {
            "enterpriseNumber": one.organisation.enterprise_number,
            "names": one.organisation.names,
        },
        "forwarded": not one.reason,
    }
    if one.attestation_number:
        body["attestationNumber"] = one.attestation_number
    if one.right:
        body["right"] = one.right
    if one.answer:
        body["feedback"] = one.answer
    if one.reason:
        return body | {"reason": one.reason}
    return body | ({"ticket": one.ticket} if with_ticket else {})


def _spans(periods: list[Any]) -> list[dict[str, Any]]:
    return [span_json(span) for span in timeline_from_json(periods)]
