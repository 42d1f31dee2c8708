"""Endpoints to measure intake against, as an experienced Django developer would write them.

`Bare` stores what it is sent in one table, and knows no rule. `Guarded` checks the same fields and
leaves the same rows in the same guarded tables as the registry, by one serializer with `many=True`
and one `bulk_create` for each table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Count
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.codes import AidKind, Category
from attestations.generation import ATTESTATION_TYPES, attestation_number
from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    Person,
    PersonNumber,
)
from attestations.periods import Span
from attestations.services.persons import keyring
from attestations.ssin import InvalidSsin, Ssin
from attestations.tickets import new_ticket


class OneTable(models.Model):
    """One row with one key, no rules, no history."""

    ssin = models.CharField(max_length=11)
    aidKind = models.CharField(max_length=40)
    category = models.CharField(max_length=30)
    decidedOn = models.DateField()
    startDate = models.DateField()
    endDate = models.DateField()
    reference = models.CharField(max_length=64)

    class Meta:
        app_label = "attestations"
        db_table = "benchmark_one_table"


class OneTableSerializer(serializers.ModelSerializer[OneTable]):
    class Meta:
        model = OneTable
        fields = "__all__"


class Plain(APIView):
    """Nobody is asked who calls; JSON in and out."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)


class Bare(Plain):
    """As a tutorial would write it: validated by the serializer, stored, and echoed."""

    def post(self, request: Any) -> Response:
        many = isinstance(request.data, list)
        serializer = OneTableSerializer(data=request.data, many=many)
        serializer.is_valid(raise_exception=True)
        if many:
            rows = [OneTable(**item) for item in serializer.validated_data]
            OneTable.objects.bulk_create(rows)
            return Response({"created": len(rows)}, status=201)
        serializer.save()
        return Response(serializer.data, status=201)


class DecisionSerializer(serializers.Serializer[Any]):
    """The fields of a decision, with the checks that need no row."""

    ssin = serializers.CharField(min_length=11, max_length=11)
    aidKind = serializers.ChoiceField([str(kind) for kind in AidKind])
    category = serializers.ChoiceField([str(one) for one in Category], required=False)
    decidedOn = serializers.DateField()
    startDate = serializers.DateField()
    endDate = serializers.DateField(required=False)
    reference = serializers.CharField(max_length=64, required=False)

    def validate_ssin(self, value: str) -> str:
        try:
            return Ssin.parse(value, allow_test=settings.ALLOW_TEST_SSIN).number
        except InvalidSsin as error:
            raise serializers.ValidationError(str(error)) from None

    def validate_decidedOn(self, value: date) -> date:
        if value > timezone.localdate():
            raise serializers.ValidationError("Dated after today.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.get("endDate")
        if last is not None and last < attrs["startDate"]:
            raise serializers.ValidationError({"endDate": "The end lies before the start."})
        attrs["span"] = Span.inclusive(attrs["startDate"], last)
        return attrs


class Guarded(Plain):
    """The same rows as the registry's, all or none; an overlap refuses the batch."""

    def post(self, request: Any) -> Response:
        serializer = DecisionSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        cpas = Cpas.objects.get(enterprise_number=request.headers["X-Cpas"])
        with transaction.atomic():
            made = _record(serializer.validated_data, cpas)
        return Response({"decisions": [str(one.public_id) for one in made]}, status=201)


def _record(items: Sequence[dict[str, Any]], cpas: Cpas) -> list[Decision]:
    numbers = _numbers({item["ssin"] for item in items})
    persons = {number.person_id for number in numbers.values()}
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=persons).order_by("pk"))
    _refuse_overlaps(items, numbers, cpas)
    now, ticket = timezone.now(), new_ticket()
    decisions = Decision.objects.bulk_create(
        Decision(
            cpas=cpas,
            person_id=numbers[item["ssin"]].person_id,
            reference=item.get("reference", ""),
            created_at=now,
        )
        for item in items
    )
    versions = DecisionVersion.objects.bulk_create(
        DecisionVersion(
            decision=decision,
            version=1,
            change=DecisionVersion.Change.RECORDED,
            aid_kind=item["aidKind"],
            category=item.get("category", ""),
            decided_on=item["decidedOn"],
            period=item["span"],
            reference=decision.reference,
            number_as_sent=numbers[item["ssin"]],
            ticket=ticket,
            recorded_at=now,
        )
        for decision, item in zip(decisions, items, strict=True)
    )
    attested = Attestation.objects.bulk_create(
        Attestation(
            number=number,
            nature=Attestation.Nature.ORIGINAL,
            attestation_type=ATTESTATION_TYPES[AidKind(version.aid_kind)],
            cpas=cpas,
            person_id=version.decision.person_id,
            number_as_sent_id=version.number_as_sent_id,
            decision_version=version,
            aid_kind=version.aid_kind,
            period=version.period,
            decided_on=version.decided_on,
            ticket=ticket,
            created_at=now,
            sent_at=now,
            recorded_at=now,
        )
        for version, number in zip(versions, _attestation_numbers(len(versions)), strict=True)
    )
    _tell(attested, persons, cpas)
    return decisions


def _numbers(ssins: Iterable[str]) -> dict[str, PersonNumber]:
    """The stored numbers; the new ones are made, each with a person."""
    keys = keyring()
    blinds = {keys.blind(ssin): ssin for ssin in ssins}
    stored = PersonNumber.objects.filter(blind_index__in=list(blinds))
    found = {blinds[bytes(number.blind_index)]: number for number in stored}
    unknown = [(blind, ssin) for blind, ssin in blinds.items() if ssin not in found]
    persons = Person.objects.bulk_create(Person() for _ in unknown)
    made = PersonNumber.objects.bulk_create(
        PersonNumber(person=person, sealed=keys.seal(ssin), blind_index=blind)
        for person, (blind, ssin) in zip(persons, unknown, strict=True)
    )
    return found | {ssin: number for number, (_, ssin) in zip(made, unknown, strict=True)}


def _refuse_overlaps(
    items: Sequence[dict[str, Any]], numbers: dict[str, PersonNumber], cpas: Cpas
) -> None:
    standing: defaultdict[tuple[int, str], list[Span]] = defaultdict(list)
    current = Attestation.objects.filter(
        person_id__in={number.person_id for number in numbers.values()},
        cpas=cpas,
        superseded_at=None,
    ).exclude(nature=Attestation.Nature.CANCELLATION)
    for person_id, aid_kind, span in current.values_list("person_id", "aid_kind", "period"):
        standing[person_id, aid_kind].append(span)
    for item in items:
        others = standing[numbers[item["ssin"]].person_id, item["aidKind"]]
        if any(item["span"].overlaps(span) for span in others):
            raise serializers.ValidationError({"startDate": "These days are attested already."})
        others.append(item["span"])


def _attestation_numbers(count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('attestations_attestation_number') FROM generate_series(1, %s)",
            [count],
        )
        year = timezone.localdate().year
        return [attestation_number(year, sequence) for (sequence,) in cursor.fetchall()]


def _tell(attested: Sequence[Attestation], persons: Iterable[int], cpas: Cpas) -> None:
    """The ledger, with a version that grows for each person."""
    told = FactChange.objects.filter(kind="attestation", cpas=cpas, person_id__in=list(persons))
    versions: defaultdict[int, int] = defaultdict(int)
    versions.update(told.order_by().values_list("person_id").annotate(Count("id")))
    changes = []
    for attestation in attested:
        versions[attestation.person_id] += 1
        changes.append(
            FactChange(
                kind=FactChange.Kind.ATTESTATION,
                person_id=attestation.person_id,
                cpas=cpas,
                attestation=attestation,
                version=versions[attestation.person_id],
                ticket=attestation.ticket,
                recorded_at=attestation.recorded_at,
            )
        )
    FactChange.objects.bulk_create(changes)


urlpatterns = [path("bare", Bare.as_view()), path("guarded", Guarded.as_view())]
