"""The tables of stage 2: the rights, the figures of their law, what was derived and changed."""

from derived_rights.models.due import PersonDue
from derived_rights.models.law import ParameterProposal, ParameterValue, RuleAct
from derived_rights.models.rehearsal import Rehearsal, RehearsalChunk, RehearsedChange
from derived_rights.models.rights import LawChange, RightChange, RightPeriod, RightSetting
from derived_rights.models.runs import DerivationChunk, DerivationRun

__all__ = [
    "DerivationChunk",
    "DerivationRun",
    "LawChange",
    "ParameterProposal",
    "ParameterValue",
    "PersonDue",
    "RehearsedChange",
    "Rehearsal",
    "RehearsalChunk",
    "RightChange",
    "RightPeriod",
    "RightSetting",
    "RuleAct",
]
