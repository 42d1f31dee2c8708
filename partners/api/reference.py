"""Code lists with their labels, and whether the service is up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import DatabaseError, connection
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.inputs import strict_query
from attestations.api.problem_labels import LABELS
from attestations.api.problems import BELGIF, GUIDE, PROBLEMS, problem_urn
from attestations.api.shapes import instant, list_of
from attestations.codes import AidKind
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.services.catalogue import active_rights
from derived_rights.wording import source_text
from partners.services import keys
from partners.signing import public_key


class CodeShape(serializers.Serializer[Any]):
    """A code with its labels in four languages."""

    code = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField())


class RightInfoShape(CodeShape):
    """A right of the catalogue."""

    descriptions = serializers.DictField(child=serializers.CharField())
    effect = serializers.CharField()
    trust = serializers.CharField()
    reference = serializers.CharField()
    active = serializers.BooleanField()


class ProblemTypeShape(serializers.Serializer[Any]):
    """A problem that this API answers with."""

    type = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField())
    href = serializers.CharField(required=False)


class Reference(APIView):
    """Reference data are for every authenticated caller."""

    scopes: ClassVar[frozenset[str]] = frozenset()


class Rights(Reference):
    @extend_schema(operation_id="listRights", responses=list_of("RightInfos", RightInfoShape))
    def get(self, request: Request) -> Response:
        """The rights of the catalogue: what they are, their legal source, whether they are on."""
        strict_query(request, [])
        on = active_rights()
        items = [
            {
                "code": code,
                "labels": dict(right.label),
                "descriptions": dict(right.description),
                "effect": right.effect.value,
                "trust": right.trust.value,
                "reference": source_text(right.reference),
                "active": code in on,
            }
            for code, right in catalogue().items()
        ]
        return Response({"items": items, "self": request.path})


class AidKinds(Reference):
    @extend_schema(operation_id="listAidKinds", responses=list_of("AidKinds", CodeShape))
    def get(self, request: Request) -> Response:
        """The kinds of aid that a CPAS can record."""
        strict_query(request, [])
        items = [{"code": kind.value, "labels": dict(kind.labels)} for kind in AidKind]
        return Response({"items": items, "self": request.path})


class ProblemTypes(Reference):
    @extend_schema(
        operation_id="listProblemTypes", responses=list_of("ProblemTypes", ProblemTypeShape)
    )
    def get(self, request: Request) -> Response:
        """The problems that this API answers with."""
        strict_query(request, [])
        items = [
            {
                "type": problem_urn(code),
                "status": status,
                "title": title,
                "labels": LABELS[code],
                **({"href": f"{GUIDE}/{code}.html"} if code in BELGIF else {}),
            }
            for code, (status, title) in PROBLEMS.items()
        ]
        return Response({"items": items, "self": request.path})


class ManifestKeyShape(serializers.Serializer[Any]):
    """A public key that daily manifests are checked with."""

    keyId = serializers.UUIDField()
    publicKey = serializers.CharField()
    createdAt = serializers.DateTimeField()


class ManifestKeys(Reference):
    @extend_schema(
        operation_id="listManifestKeys", responses=list_of("ManifestKeys", ManifestKeyShape)
    )
    def get(self, request: Request) -> Response:
        """The public keys (Ed25519) that daily manifests are signed with, newest first."""
        strict_query(request, [])
        items = [
            {
                "keyId": row.public_id,
                "publicKey": public_key(private),
                "createdAt": instant(row.created_at),
            }
            for row, private in keys.manifest_keys()
        ]
        return Response({"items": items, "self": request.path})


class HealthShape(serializers.Serializer[Any]):
    """UP, DEGRADED or DOWN."""

    status = serializers.CharField(help_text="UP, DEGRADED or DOWN")


class Health(APIView):
    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="getHealth", auth=[], responses={200: HealthShape, 503: HealthShape}
    )
    def get(self, request: Request) -> Response:
        """Whether the service can answer; Redis is not asked, as no answer depends on it."""
        strict_query(request, [])
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return Response({"status": "DOWN"}, status=503)
        return Response({"status": "UP"})
