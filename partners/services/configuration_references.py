"""What the entries of a configuration file say of each other, and of what is there already."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from derived_rights.models import ParameterValue
from partners.configuration import (
    AuthorisationEntry,
    ClientEntry,
    Document,
    OrganisationEntry,
    SubscriptionEntry,
)
from partners.marked_yaml import Item
from partners.models import Authorisation, Client, Organisation
from partners.services.authorising import mixed_effects


def check_references(document: Document, *, allow_figures: bool) -> None:
    """Note in `document.mistakes` whatever does not fit with the file or with the database.

    Unless `allow_figures`, a file may repeat the figures of the law that hold, and set no other.
    """
    references = _References(document)
    references.check()
    if not allow_figures:
        references.refuse_new_figures()


class _References:
    """The organisations and authorisations as they would be; the file goes before the database."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.present = {row.code: row for row in Organisation.objects.all()}
        self.kinds: dict[str, str | None] = {row.code: row.kind for row in self.present.values()}
        self.kinds |= {one.code: one.kind for one in document.organisations if one.code}
        self.permissions: dict[tuple[str | None, str | None], tuple[set[str], set[str]]] = {
            (row.organisation.code, row.legal_context): (set(row.rights), set(row.events))
            for row in Authorisation.objects.select_related("organisation").filter(
                superseded_at=None
            )
        }
        self.permissions |= {
            (one.organisation, one.legal_context): (set(one.rights), set(one.events or ()))
            for one in document.authorisations
        }
        self.seen: set[tuple[str, Hashable]] = set()

    def check(self) -> None:
        holders = {row.enterprise_number: row.code for row in self.present.values()}
        owners = dict(Client.objects.values_list("name", "organisation__code"))
        for organisation in self.document.organisations:
            self._check_organisation(organisation, holders)
        for client in self.document.clients:
            self._check_client(client, owners)
        for authorisation in self.document.authorisations:
            self._check_authorisation(authorisation)
        for subscription in self.document.subscriptions:
            self._check_subscription(subscription)
        for right in self.document.rights:
            self._once(right.item, "code", right.code)
            for parameter in right.parameters:
                key = (right.code, parameter.name, parameter.valid_from)
                self._once(right.item, "parameters", key)

    def refuse_new_figures(self) -> None:
        """Where every figure is to be approved, a file brings none in."""
        rows = ParameterValue.objects.filter(superseded_at=None)
        holding = set(rows.values_list("right", "name", "valid_from", "value", "reference"))
        for right in self.document.rights:
            for one in right.parameters:
                figure = (right.code, one.name, one.valid_from, one.value, one.reference)
                if figure not in holding:
                    expected = (
                        "no new figure, as ALLOW_FIGURES_IN_FILES is off here:"
                        " propose it in the admin"
                    )
                    right.item.mistake("parameters", expected, f"{one.name} from {one.valid_from}")

    def _check_organisation(self, entry: OrganisationEntry, holders: dict[str, str]) -> None:
        self._once(entry.item, "code", entry.code)
        self._once(entry.item, "enterpriseNumber", entry.enterprise_number)
        holder = holders.get(entry.enterprise_number or "")
        if holder is not None and entry.code is not None and holder != entry.code:
            found = f"that of the organisation {holder}"
            entry.item.mistake("enterpriseNumber", "a number that is free", found)
        row = self.present.get(entry.code or "")
        if row is None:
            return
        if entry.kind is not None and entry.kind != row.kind:
            entry.item.mistake("kind", f"{row.kind}, as this organisation is one", entry.kind)
        number = entry.enterprise_number
        if row.kind == "cpas" and number is not None and number != row.enterprise_number:
            # Attestations were sent under it. After a merger the CPAS is another organisation.
            expected = f"{row.enterprise_number}, which stays with a CPAS"
            entry.item.mistake("enterpriseNumber", expected, number)

    def _check_client(self, entry: ClientEntry, owners: dict[str, str]) -> None:
        self._once(entry.item, "name", entry.name)
        self._known_organisation(entry.item, entry.organisation)
        owner = owners.get(entry.name or "")
        if owner is not None and entry.organisation not in (None, owner):
            expected = f"{owner}, to which this client belongs"
            entry.item.mistake("organisation", expected, str(entry.organisation))
        kind = self.kinds.get(entry.organisation or "")
        if "registry:record" in (entry.scopes or ()) and kind not in (None, "cpas"):
            expected = "no registry:record, which is for a CPAS"
            entry.item.mistake("scopes", expected, f"it for a {kind}")

    def _check_authorisation(self, entry: AuthorisationEntry) -> None:
        self._once(entry.item, "legalContext", (entry.organisation, entry.legal_context))
        self._known_organisation(entry.item, entry.organisation)
        if mixed := mixed_effects(entry.effect, entry.rights):
            expected = "rights with the effect of the authorisation, and no others"
            entry.item.mistake("rights", expected, mixed)

    def _check_subscription(self, entry: SubscriptionEntry) -> None:
        key = (entry.organisation, entry.legal_context, entry.endpoint)
        self._once(entry.item, "endpoint", key)
        self._known_organisation(entry.item, entry.organisation)
        if entry.legal_context is None or entry.organisation not in self.kinds:
            return
        permission = self.permissions.get((entry.organisation, entry.legal_context))
        if permission is None:
            expected = f"an authorisation of {entry.organisation}, in the file or recorded"
            entry.item.mistake("legalContext", expected, repr(entry.legal_context))
            return
        for name, asked, allowed in (
            ("rights", entry.rights, permission[0]),
            ("events", entry.events, permission[1]),
        ):
            beyond = sorted(set(asked) - allowed)
            if beyond:
                expected = f"only {name} that {entry.legal_context} authorises"
                entry.item.mistake(name, expected, ", ".join(beyond))

    def _known_organisation(self, item: Item, code: str | None) -> None:
        if code is not None and code not in self.kinds:
            known = ", ".join(sorted(self.kinds)) or "none"
            item.mistake("organisation", f"the code of an organisation ({known})", repr(code))

    def _once(self, item: Item, name: str, key: Any) -> None:
        """Note a thing that the file names twice; a key that could not be read is none."""
        if key is None or (isinstance(key, tuple) and None in key):
            return
        kind = item.where.partition("[")[0]
        if (f"{kind}.{name}", key) in self.seen:
            item.mistake(name, "each of them once in the file", f"{_plain(key)} a second time")
        self.seen.add((f"{kind}.{name}", key))


def _plain(key: Any) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
