"""Configuration from a file: all of it, or, if anything is wrong with it, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from attestations import clock
from attestations.locks import lock_name
from derived_rights.engine.catalogue import rights
from partners.addresses import parse_networks
from partners.configuration import read_document
from partners.configuration_values import Vocabulary
from partners.marked_yaml import Mistake
from partners.services.configuration_references import check_references
from partners.services.configuration_rows import Writing

COMMAND = "manage.py configure"


class Mistaken(Exception):
    """The file cannot be taken; nothing was changed. `mistakes` are all there are, by line."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True)
class Outcome:
    """What a file changed, in words; how much it found as it should be; which secrets were made.

    `secrets` are signing secrets by subscription, in clear for this once.
    """

    changed: list[str]
    unchanged: int
    secrets: dict[str, str]


@transaction.atomic
def configure(text: str, *, check_only: bool = False, by: str = COMMAND) -> Outcome:
    """Create or update what the file names; Mistaken, and no change, if anything is wrong.

    What the file does not name stays as it is. With `check_only` the outcome says what would be
    done, and nothing is. `by` is who the log of acts on the rules names.
    """
    document = read_document(text, vocabulary())
    lock_name("configuration")
    check_references(document, allow_figures=settings.ALLOW_FIGURES_IN_FILES)
    if document.mistakes:
        raise Mistaken(document.mistakes)
    writing = Writing(now=clock.database_now(), by=by)
    writing.write(document)
    if check_only:
        transaction.set_rollback(True)
    return Outcome(writing.changed, writing.unchanged, {} if check_only else writing.secrets)


def vocabulary() -> Vocabulary:
    """What a file may name in this installation."""
    return Vocabulary(
        rights=rights(),
        scopes=tuple(settings.OAUTH2_PROVIDER["SCOPES"]),
        allow_secrets=settings.ALLOW_SECRETS_IN_FILES,
        allowed_networks=parse_networks(settings.WEBHOOK_ALLOWED_NETWORKS),
    )
