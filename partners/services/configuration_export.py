"""The configuration as it stands, in the form of the file that makes it. No secret is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import yaml

from derived_rights.models import ParameterValue, RightSetting
from partners.models import Authorisation, Client, Organisation, Subscription

FIGURES = ("right", "name", "valid_from")


class _Quoted(str):
    """A text of digits: in quotes, or some readers would take it for a number."""


class _Dumper(yaml.SafeDumper):
    """Never writes `&name` for a list that stands in two places."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    _Quoted,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"'),
)


def export() -> str:
    """A file that, read again here, changes nothing; sections that are empty are left out."""
    sections = {
        "organisations": list(_organisations()),
        "clients": list(_clients()),
        "authorisations": list(_authorisations()),
        "subscriptions": list(_subscriptions()),
        "rights": list(_rights()),
    }
    filled = {name: entries for name, entries in sections.items() if entries}
    return yaml.dump(
        filled,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )


def _filled(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value not in (None, "", [], {})}


def _organisations() -> Iterator[dict[str, Any]]:
    rows = Organisation.objects.select_related("cpas").prefetch_related("recipient_rights")
    for row in rows.order_by("code"):
        yield _filled(
            {
                "code": row.code,
                "kind": row.kind,
                "enterpriseNumber": _Quoted(row.enterprise_number),
                "municipalityCode": _Quoted(row.cpas.municipality_code) if row.cpas else None,
                "names": row.names,
                "language": row.cpas.language if row.cpas else None,
                "inactiveRights": sorted(
                    one.right for one in row.recipient_rights.all() if not one.active
                ),
            }
        )


def _clients() -> Iterator[dict[str, Any]]:
    rows = Client.objects.select_related("organisation").prefetch_related("keys")
    for row in rows.order_by("name"):
        keys = sorted(row.keys.all(), key=lambda key: key.kid)
        yield _filled(
            {
                "name": row.name,
                "organisation": row.organisation.code,
                "publicKeys": [{"kid": key.kid, "jwk": key.jwk} for key in keys],
            }
        ) | {"scopes": list(row.allowed_scopes)}


def _authorisations() -> Iterator[dict[str, Any]]:
    rows = Authorisation.objects.select_related("organisation").filter(superseded_at=None)
    for row in rows.order_by("organisation__code", "legal_context"):
        yield _filled(
            {
                "legalContext": row.legal_context,
                "organisation": row.organisation.code,
                "purpose": row.purpose,
                "effect": row.effect,
                "aidKinds": row.aid_kinds,
                "fields": row.fields,
                "startDate": row.period.start,
                "endDate": row.period.last_day,
            }
        ) | {"rights": row.rights, "events": row.events}


def _subscriptions() -> Iterator[dict[str, Any]]:
    rows = Subscription.objects.select_related("organisation").filter(removed_at=None)
    for row in rows.order_by("organisation__code", "legal_context", "endpoint", "id"):
        yield _filled(
            {
                "organisation": row.organisation.code,
                "legalContext": row.legal_context,
                "rights": row.rights,
                "events": row.events,
                "endpoint": row.endpoint,
                "signature": row.signature,
            }
        ) | {"batchSize": row.batch_size, "thin": row.thin}


def _rights() -> Iterator[dict[str, Any]]:
    active = dict(RightSetting.objects.values_list("right", "active"))
    figures: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ParameterValue.objects.filter(superseded_at=None).order_by(*FIGURES):
        figures[row.right].append(
            {
                "name": row.name,
                "from": row.valid_from,
                "value": row.value,
                "reference": row.reference,
            }
        )
    for code in sorted(active.keys() | figures.keys()):
        yield {"code": code} | {
            key: value
            for key, value in (("active", active.get(code)), ("parameters", figures.get(code)))
            if value is not None
        }
