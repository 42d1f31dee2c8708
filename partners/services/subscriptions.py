"""Subscriptions: made, changed, removed; their signing secrets, shown once and then sealed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from attestations import clock
from attestations.errors import NotFound
from attestations.services import persons
from attestations.tickets import new_ticket
from partners.addresses import check_url, is_inside, parse_networks
from partners.models import EndpointProbe, FeedHead, Subscription, SubscriptionSecret
from partners.services import probing
from partners.signing import check_key, new_secret

# How long the old secret goes on signing beside the new one.
OVERLAP = timedelta(hours=24)


@dataclass(frozen=True)
class Wanted:
    """What a recipient asks for. Empty `events` or `rights` ask for all that is authorised."""

    legal_context: str
    rights: Sequence[str]
    events: Sequence[str]
    endpoint: str = ""
    signature: str = "v1"
    batch_size: int = 1
    thin: bool = False


def _is_inside(endpoint: str) -> bool:
    """Whether an administrator vouches for the endpoint by having listed its network.

    Raises ForbiddenTarget for one to which nothing may be sent.
    """
    networks = parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS)
    target = check_url(endpoint, allowed_networks=networks)
    return is_inside(target, networks) and not settings.WEBHOOK_PROVE_INSIDE


def _values(wanted: Wanted) -> dict[str, object]:
    if wanted.endpoint:
        _is_inside(wanted.endpoint)  # refuses what nothing may be sent to
    return {
        "legal_context": wanted.legal_context,
        "rights": list(wanted.rights),
        "events": list(wanted.events),
        "endpoint": wanted.endpoint,
        "signature": wanted.signature,
        "batch_size": wanted.batch_size,
        "thin": wanted.thin,
    }


@transaction.atomic
def subscribe(
    *, organisation_id: int, wanted: Wanted, secret: str | None = None, vouched: bool = False
) -> tuple[Subscription, str]:
    """A new subscription, from the feed's present end on, and its secret in clear.

    Nothing is pushed before the endpoint has answered a challenge, which a worker sends; unless an
    administrator vouches for it.
    """
    head = FeedHead.objects.filter(organisation_id=organisation_id).first()
    subscription = Subscription.objects.create(
        organisation_id=organisation_id, cursor=head.position if head else 0, **_values(wanted)
    )
    secret = secret or new_secret(wanted.signature)
    check_key(secret)
    _store_secret(subscription, secret)
    _have_proved(subscription, vouched=vouched)
    return subscription, secret


@transaction.atomic
def change(
    subscription: Subscription, wanted: Wanted, *, vouched: bool = False
) -> tuple[Subscription, str | None]:
    """Replace what the subscription asks for; a suspended one is active again.

    Another kind of signature needs another secret, which is returned too. Another endpoint must be
    proved like the first; so must one that never was.
    """
    values = _values(wanted) | {
        "status": Subscription.Status.ACTIVE,
        "failures": 0,
        "retry_at": None,
    }
    secret = None
    if wanted.signature != subscription.signature:
        secret = new_secret(wanted.signature)
        _store_secret(subscription, secret)
    moved = wanted.endpoint != subscription.endpoint
    if moved:
        values["proved_at"] = None
        subscription.probes.filter(status=EndpointProbe.Status.WAITING).delete()
    Subscription.objects.filter(pk=subscription.pk).update(**values)
    changed = Subscription.objects.get(pk=subscription.pk)
    if changed.proved_at is None:
        _have_proved(changed, vouched=vouched)
    return changed, secret


@transaction.atomic
def vouch(subscription: Subscription) -> bool:
    """An administrator answers for the endpoint; False if it was proved already."""
    return bool(
        Subscription.objects.filter(pk=subscription.pk, proved_at=None).update(
            proved_at=clock.database_now()
        )
    )


def _have_proved(subscription: Subscription, *, vouched: bool) -> None:
    if not subscription.endpoint:
        return
    if _is_inside(subscription.endpoint) or vouched:
        subscription.proved_at = clock.database_now()
        subscription.save(update_fields=["proved_at"])
    else:
        probing.ask(subscription, EndpointProbe.Kind.CHALLENGE, ticket=new_ticket())


def remove(subscription: Subscription) -> None:
    """End it: nothing is pushed any more; what entered the feed stays there."""
    Subscription.objects.filter(pk=subscription.pk).update(removed_at=clock.database_now())


@transaction.atomic
def rotate(subscription: Subscription) -> tuple[str, datetime]:
    """A new secret; both sign until the returned instant, then only the new one."""
    until = clock.database_now() + OVERLAP
    subscription.secrets.filter(valid_until=None).update(valid_until=until)
    secret = new_secret(subscription.signature)
    _store_secret(subscription, secret)
    return secret, until


def own(organisation_id: int, subscription_id: uuid.UUID) -> Subscription:
    """The organisation's own subscription; NotFound if there is none or it is another's."""
    found = Subscription.objects.filter(
        public_id=subscription_id, organisation_id=organisation_id, removed_at=None
    ).first()
    if found is None:
        raise NotFound("There is no such subscription of yours.")
    return found


def _store_secret(subscription: Subscription, secret: str) -> None:
    SubscriptionSecret.objects.create(
        subscription=subscription, sealed=persons.keyring().seal(secret)
    )
