"""The tables of stage 1. History is appended; `services` are the only writers."""

from attestations.models.attestation import Attestation
from attestations.models.control import ControlPart, ControlRun, MissingReport
from attestations.models.decision import Decision, DecisionVersion
from attestations.models.facts import PersonFact
from attestations.models.imports import FileImport, RefusedLine
from attestations.models.ledger import AccessLogEntry, BackgroundTask, FactChange, IdempotencyKey
from attestations.models.merging import MergedOverlap
from attestations.models.missing import MissingAttestation, SubsidyClaim
from attestations.models.operation import Heartbeat, Tally
from attestations.models.person import Cpas, HouseholdStatement, Person, PersonNumber

__all__ = [
    "AccessLogEntry",
    "Attestation",
    "BackgroundTask",
    "ControlPart",
    "ControlRun",
    "Cpas",
    "Decision",
    "DecisionVersion",
    "FactChange",
    "FileImport",
    "Heartbeat",
    "HouseholdStatement",
    "IdempotencyKey",
    "MergedOverlap",
    "MissingAttestation",
    "MissingReport",
    "Person",
    "PersonFact",
    "PersonNumber",
    "RefusedLine",
    "SubsidyClaim",
    "Tally",
]
