"""Addresses of stage 3 under /registry/v1/."""

from django.urls import path

from partners.api import (
    consultations,
    digests,
    feedback,
    feeds,
    forwarding,
    inscriptions,
    questions,
    reference,
    subscription_acts,
    subscriptions,
)

urlpatterns = [
    path("decisions/preview", forwarding.Preview.as_view()),
    path("decisions/<uuid:decisionId>/addressees", forwarding.Addressees.as_view()),
    path("inscriptions", inscriptions.Inscriptions.as_view()),
    path("inscriptions/query", inscriptions.InscriptionsQuery.as_view()),
    path("inscriptions/removal", inscriptions.InscriptionsRemoval.as_view()),
    path("inscriptions/batches", inscriptions.InscriptionBatches.as_view()),
    path("rights/query", consultations.RightsConsultation.as_view()),
    path("rights/query/batches", questions.RightsBatches.as_view()),
    path("rights/query/batches/<uuid:taskId>", questions.RightsBatchAnswer.as_view()),
    path("rights/digests/query", digests.Digests.as_view()),
    path("rights/explanation", consultations.RightsExplanation.as_view()),
    path("attestations/query", consultations.AttestationsConsultation.as_view()),
    path("events", feeds.Events.as_view()),
    path("events/manifests/<str:date>", feeds.Manifests.as_view()),
    path("subscriptions", subscriptions.Subscriptions.as_view()),
    path("subscriptions/<uuid:subscriptionId>", subscriptions.OneSubscription.as_view()),
    path("subscriptions/<uuid:subscriptionId>/rotation", subscription_acts.Rotation.as_view()),
    path("subscriptions/<uuid:subscriptionId>/test", subscription_acts.Test.as_view()),
    path("subscriptions/<uuid:subscriptionId>/replays", subscription_acts.Replays.as_view()),
    path("feedback", feedback.Feedback.as_view()),
    path("deliveries", feeds.Deliveries.as_view()),
    path("refData/rights", reference.Rights.as_view()),
    path("refData/aidKinds", reference.AidKinds.as_view()),
    path("refData/manifestKeys", reference.ManifestKeys.as_view()),
    path("refData/problemTypes", reference.ProblemTypes.as_view()),
    path("health", reference.Health.as_view()),
]
