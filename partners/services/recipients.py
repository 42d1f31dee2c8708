"""Organisations as routing sees them, read whole: there are tens of them, not millions."""

from __future__ import annotations

from partners.models import Authorisation, Organisation, Subscription
from partners.routing import Permission, Recipient, Wish


def load_recipients() -> list[Recipient]:
    """Every organisation that has, or had, an authorisation, and every declared recipient."""
    organisations = Organisation.objects.prefetch_related(
        "authorisations", "subscriptions", "recipient_rights"
    ).order_by("id")
    return [_recipient(organisation) for organisation in organisations]


def _recipient(organisation: Organisation) -> Recipient:
    return Recipient(
        organisation=organisation.pk,
        code=organisation.code,
        permissions=tuple(
            permission(row)
            for row in organisation.authorisations.all()
            if row.superseded_at is None
        ),
        wishes=tuple(
            wish(row) for row in organisation.subscriptions.all() if row.removed_at is None
        ),
        inactive_rights=frozenset(
            row.right for row in organisation.recipient_rights.all() if not row.active
        ),
    )


def permission(row: Authorisation) -> Permission:
    """An authorisation as routing looks at it."""
    return Permission(
        key=row.pk,
        legal_context=row.legal_context,
        topics=frozenset(row.events),
        rights=frozenset(row.rights),
        aid_kinds=frozenset(row.aid_kinds),
        span=row.period,
    )


def wish(subscription: Subscription) -> Wish:
    """What a subscription asks for."""
    return Wish(
        legal_context=subscription.legal_context,
        topics=frozenset(subscription.events),
        rights=frozenset(subscription.rights),
    )
