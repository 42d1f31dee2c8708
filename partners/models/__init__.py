"""The tables of stage 3: who may be told what, who was told, and what still waits."""

from partners.models.access import (
    AssertionId,
    Authorisation,
    Client,
    ClientKey,
    Inscription,
    Organisation,
    RecipientRight,
)
from partners.models.braking import FailedProof
from partners.models.delivery import DeliveryAttempt, HeldLane, Resend
from partners.models.feed import FeedEntry, FeedHead, Manifest, Refusal, Reroute, StreamEpoch
from partners.models.feedback import EventFeedback
from partners.models.keys import RegistryKey
from partners.models.question import QuestionPart, RightsQuestion
from partners.models.reading import FeedReading, FeedReadingOfPerson
from partners.models.rules import RehearsedMessage, Resumption
from partners.models.subscription import EndpointProbe, Subscription, SubscriptionSecret

__all__ = [
    "AssertionId",
    "Authorisation",
    "Client",
    "ClientKey",
    "DeliveryAttempt",
    "EndpointProbe",
    "EventFeedback",
    "FailedProof",
    "FeedEntry",
    "FeedHead",
    "FeedReading",
    "FeedReadingOfPerson",
    "HeldLane",
    "Inscription",
    "Manifest",
    "Organisation",
    "QuestionPart",
    "RecipientRight",
    "Refusal",
    "RegistryKey",
    "RehearsedMessage",
    "Reroute",
    "Resend",
    "Resumption",
    "RightsQuestion",
    "StreamEpoch",
    "Subscription",
    "SubscriptionSecret",
]
