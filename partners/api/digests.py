"""Whether a recipient has missed anything, by digests of buckets of persons."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations import clock
from attestations.api.inputs import StrictSerializer, TextField, strict
from attestations.api.permissions import caller
from attestations.api.shapes import list_of
from attestations.services.access import reading
from partners.api.consultations import SCOPES, authorised_rights, purpose
from partners.services import digests

MAX_BUCKETS = 65_536
DIGEST = re.compile("[0-9a-f]{64}")


@extend_schema_field({"type": "string", "pattern": f"^{DIGEST.pattern}$"})
class DigestField(TextField):
    """64 hexadecimal digits, in small letters."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not DIGEST.fullmatch(data):
            detail = "Write a digest as 64 hexadecimal digits, in small letters."
            raise serializers.ValidationError(detail, "schemaViolation")
        return data


class DigestsQuery(StrictSerializer):
    """The digest of each bucket, in order: as many as there are buckets."""

    legalContext = TextField(max_length=64)
    rights = serializers.ListField(child=TextField(max_length=64), required=False)
    digests = serializers.ListField(
        child=DigestField(), allow_empty=False, min_length=1, max_length=MAX_BUCKETS
    )


class BucketShape(serializers.Serializer[Any]):
    """A bucket that differs, with the registry's digest of it and how many persons that counts."""

    bucket = serializers.IntegerField()
    digest = serializers.CharField()
    persons = serializers.IntegerField()


class Digests(APIView):
    scopes: ClassVar[frozenset[str]] = SCOPES

    @extend_schema(
        operation_id="queryDigests",
        request=DigestsQuery,
        responses=list_of("Buckets", BucketShape),
    )
    def post(self, request: Request) -> Response:
        """The buckets of persons whose rights differ from what the caller holds; none: all is well.

        A person's bucket is the first four bytes of the SHA-256 of the SSIN, as a number, modulo
        the number of buckets. A bucket's digest is the sum, modulo 2^256, of the SHA-256 of
        `<ssin> <right> <version>` for each right of each person on file today, in hexadecimal.
        """
        authorisation = purpose(request)
        data = strict(DigestsQuery, request)
        codes = authorised_rights(data.get("rights"), authorisation)
        with reading(
            caller(request), operation="queryDigests", legal_context=authorisation.legal_context
        ) as noted:
            found = digests.differing(
                authorisation, codes, data["digests"], on=clock.today(), noted=noted
            )
        return Response(
            {
                "items": [
                    {"bucket": one.number, "digest": one.digest, "persons": one.persons}
                    for one in found
                ]
            }
        )
