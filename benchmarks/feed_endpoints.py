"""Two more addresses: what a page and an empty poll of the feed are held against.

Settings and addresses in one, for the web server of `benchmarks.feed`. Both endpoints have the
authentication, the permission and the renderer of the feed.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from django.db import connection
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.permissions import caller
from config.urls import urlpatterns as registry
from partners.payloads import encode

# An event of a right, as the benchmark's recipient sees it.
GENERATED = """
SELECT gen_random_uuid()::text, n, lpad(n::text, 11, '0'), gen_random_uuid()::text,
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'),
       to_char(date '2026-01-01' + n %% 300, 'YYYY-MM-DD'),
       to_char(date '2027-01-01' + n %% 300, 'YYYY-MM-DD'), '26C' || lpad(n::text, 12, '0')
FROM generate_series(1, %s) AS n
"""


class Generated(APIView):
    """So many rows that the database makes up, as documents like those of the feed."""

    scopes: ClassVar[frozenset[str]] = frozenset({"registry:consult"})

    def get(self, request: Request) -> Response:
        caller(request)
        with connection.cursor() as cursor:
            cursor.execute(GENERATED, [int(request.query_params["pageSize"])])
            items = [msgspec.Raw(encode(_event(*row))) for row in cursor.fetchall()]
        return Response({"items": items, "cursor": "", "self": request.get_full_path()})


def _event(
    event_id: str, n: int, ssin: str, ticket: str, at: str, start: str, end: str, number: str
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "https://registry.example/registry/v1",
        "type": "be.attestation-registry.v1.rights.notify.granted",
        "time": at,
        "datacontenttype": "application/json",
        "position": n,
        "epoch": ticket,
        "data": {
            "ssin": ssin,
            "right": "bim",
            "effect": "grant",
            "version": n,
            "periods": [{"startDate": start, "endDate": end}],
            "previousPeriods": [],
            "attestations": [{"attestationNumber": number}],
            "ticket": ticket,
            "filteredElements": ["aidKind", "cpas"],
        },
    }


class SelectOne(APIView):
    """A `select 1`, and an answer of the size of an empty page."""

    scopes: ClassVar[frozenset[str]] = frozenset({"registry:consult"})

    def get(self, request: Request) -> Response:
        caller(request)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        return Response({"items": [], "cursor": "", "self": request.get_full_path()})


urlpatterns = [
    *registry,
    path("bench/generated", Generated.as_view()),
    path("bench/select", SelectOne.as_view()),
]
