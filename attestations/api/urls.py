"""Addresses of stage 1 under /registry/v1/."""

from django.urls import path

from attestations.api import batches, decisions, missing, person_facts, replacements, tasks

urlpatterns = [
    path("decisions", decisions.Decisions.as_view()),
    path("decisions/batches", batches.Batches.as_view()),
    path("decisions/query", decisions.DecisionsQuery.as_view()),
    path("decisions/<uuid:decisionId>", decisions.OneDecision.as_view()),
    path("decisions/<uuid:decisionId>/revisions", decisions.Revisions.as_view()),
    path("decisions/<uuid:decisionId>/stop", decisions.Stop.as_view()),
    path("decisions/<uuid:decisionId>/cancellation", decisions.Cancellation.as_view()),
    path("personFacts/batches", person_facts.PersonFacts.as_view()),
    path("ssinReplacements", replacements.SsinReplacements.as_view()),
    path("subsidyClaims/batches", missing.SubsidyClaims.as_view()),
    path("missingAttestations", missing.MissingAttestations.as_view()),
    path("missingAttestations/control", missing.Control.as_view()),
    path(
        "missingAttestations/<uuid:missingAttestationId>/feedback",
        missing.MissingAttestationFeedback.as_view(),
    ),
    path("tasks/<uuid:taskId>", tasks.Tasks.as_view()),
]
