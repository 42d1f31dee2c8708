"""Answering questions about up to a million persons, in parts that any worker may do.

A part's numbers are stored sealed until it is answered, and its answer is stored sealed until it
is thrown away: no SSIN of a question lies anywhere in clear. A part is answered, its readings are
logged and its progress is shown in one transaction; so a worker that dies has done nothing.
"""

from __future__ import annotations

import base64
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from attestations import clock
from attestations.errors import NotFound, NotPermitted
from attestations.models import BackgroundTask
from attestations.periods import Span
from attestations.services import persons
from attestations.services.access import reading
from attestations.ssin import InvalidSsin, Ssin
from attestations.tickets import take_up
from partners import right_answers
from partners.bells import question_asked
from partners.models import Authorisation, QuestionPart, RightsQuestion
from partners.services import consulting
from partners.services.access import authorised

KIND = "rightsQuestion"
PART = 2_000
MAX_SHOWN_ISSUES = 1_000
# An answer is kept for so long after it is complete.
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Question:
    """What is asked about every person: which rights, during which days, as known when."""

    rights: Sequence[str]
    during: Span
    known_at: datetime | None


@dataclass(frozen=True)
class _Reader:
    organisation_code: str
    client_name: str


@transaction.atomic
def ask(
    authorisation: Authorisation,
    question: Question,
    ssins: Iterable[str],
    *,
    owner: str,
    ticket: uuid.UUID,
) -> BackgroundTask:
    """Have the question answered by the workers, person by person, in the order given.

    What is no SSIN is refused by its index when its part comes. The numbers are taken from `ssins`
    a part at a time, and sealed before the next is looked at.
    """
    task = BackgroundTask.objects.create(kind=KIND, owner=owner, total=0)
    row = RightsQuestion.objects.create(
        task=task,
        organisation_id=authorisation.organisation_id,
        legal_context=authorisation.legal_context,
        rights=list(question.rights),
        period=question.during,
        known_at=question.known_at,
        ticket=ticket,
        asked_at=clock.database_now(),
    )
    remaining = iter(ssins)
    for number in count():
        part = list(islice(remaining, PART))
        if not part:
            break
        QuestionPart.objects.create(
            question=row,
            number=number,
            first_index=task.total,
            persons=len(part),
            sealed_ssins=persons.keyring().seal("\n".join(part)),
        )
        task.total += len(part)
    task.save(update_fields=["total"])
    question_asked.ring_on_commit()
    return task


@transaction.atomic
def answer_part() -> bool:
    """Answer one part of the oldest question; False when no worker is needed."""
    part = (
        QuestionPart.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("question__task", "question__organisation")
        .filter(done_at=None)
        .order_by("id")
        .first()
    )
    if part is None:
        return False
    question = part.question
    take_up(question.ticket)
    try:
        authorisation = authorised(
            question.organisation_id, question.legal_context, on=clock.today()
        )
    except NotPermitted:
        _break_off(question)
        return True
    good, bad = _read(part)
    reader = _Reader(question.organisation.code, question.task.owner)
    with reading(
        reader, operation="queryRightsBatch", legal_context=question.legal_context
    ) as noted:
        found = consulting.rights(
            authorisation,
            good,
            [code for code in question.rights if code in authorisation.rights],
            during=question.period,
            known_at=question.known_at,
            noted=noted,
        )
    lines = (msgspec.json.encode(right_answers.right(one, authorisation.fields)) for one in found)
    part.sealed_answers = persons.keyring().seal(_packed(b"".join(line + b"\n" for line in lines)))
    part.sealed_ssins = None
    part.done_at = clock.database_now()
    part.save(update_fields=["sealed_answers", "sealed_ssins", "done_at"])
    _show(part, accepted=len(good), bad=bad)
    return True


def answer(task_id: uuid.UUID, *, organisation_id: int, owner: str) -> Iterator[bytes]:
    """The whole answer as lines of JSON, a part in memory at a time.

    Raises NotFound for a task that is not the caller's, not complete, or thrown away; and
    NotPermitted once the authorisation it was asked under has ended.
    """
    question = (
        RightsQuestion.objects.filter(
            task__public_id=task_id, task__owner=owner, organisation_id=organisation_id
        )
        .select_related("task")
        .first()
    )
    if question is None or question.task.status != BackgroundTask.Status.DONE:
        raise NotFound("There is no such answer of yours, or not yet.")
    authorised(organisation_id, question.legal_context, on=clock.today())
    numbers = list(question.parts.order_by("number").values_list("pk", flat=True))
    if not numbers:
        raise NotFound("There is no such answer of yours, or not yet.")
    return (_answers(pk) for pk in numbers)


def throw_away(*, now: datetime) -> int:
    """Delete the answers that have been kept long enough; how many questions had one."""
    old = RightsQuestion.objects.filter(task__finished_at__lt=now - KEPT)
    ids = list(old.filter(parts__isnull=False).values_list("pk", flat=True).distinct())
    QuestionPart.objects.filter(question__in=ids).delete()
    return len(ids)


def address(task: BackgroundTask) -> str:
    """Where the answer of a task is found."""
    return f"/registry/v1/rights/query/batches/{task.public_id}"


def _read(part: QuestionPart) -> tuple[list[Ssin], list[dict[str, Any]]]:
    """The persons of a part, and what is no SSIN, by index."""
    good, bad = [], []
    sealed = part.sealed_ssins
    if sealed is None:
        raise ValueError(f"part {part.pk} has lost its numbers")
    for index, text in enumerate(persons.keyring().open(sealed).split("\n"), part.first_index):
        try:
            if not (len(text) == 11 and text.isascii() and text.isdigit()):
                raise InvalidSsin("format", "A SSIN is written as 11 digits, without punctuation.")
            good.append(Ssin.parse(text, allow_test=settings.ALLOW_TEST_SSIN))
        except InvalidSsin as error:
            bad.append({"index": index, "code": error.code, "detail": str(error)})
    return good, bad


def _show(part: QuestionPart, *, accepted: int, bad: list[dict[str, Any]]) -> None:
    """Say in the task how far it is; whoever does the last part completes it."""
    task = BackgroundTask.objects.select_for_update().get(pk=part.question.task_id)
    task.accepted += accepted
    task.rejected += len(bad)
    task.issues = sorted([*task.issues, *map(_issue, bad)], key=lambda one: one["index"])
    task.issues = task.issues[:MAX_SHOWN_ISSUES]
    if task.accepted + task.rejected == task.total:
        now = clock.database_now()
        task.status, task.finished_at = BackgroundTask.Status.DONE, now
        task.result = {
            "href": address(task),
            "mediaType": "application/x-ndjson",
            "availableUntil": (now + KEPT).isoformat(timespec="seconds"),
        }
    task.save()


def _issue(bad: dict[str, Any]) -> dict[str, Any]:
    is_form = bad["code"] == "format"
    code = "schemaViolation" if is_form else "invalidInput"
    title = "Input isn't valid with respect to schema" if is_form else "Invalid input"
    issue = {
        "type": f"urn:problem-type:belgif:input-validation:{code}",
        "title": title,
        "in": "body",
        "name": "ssin",
        "detail": bad["detail"],
    }
    return {"index": bad["index"], "issues": [issue]}


def _break_off(question: RightsQuestion) -> None:
    """The authorisation has ended: nothing more is read, and what was answered is thrown away."""
    question.parts.all().delete()
    BackgroundTask.objects.filter(pk=question.task_id).update(
        status=BackgroundTask.Status.FAILED, finished_at=clock.database_now()
    )


def _packed(lines: bytes) -> str:
    return base64.b64encode(zlib.compress(lines, level=1)).decode()


def _answers(part_id: int) -> bytes:
    sealed = QuestionPart.objects.values_list("sealed_answers", flat=True).get(pk=part_id)
    if sealed is None:
        raise ValueError(f"part {part_id} has no answer")
    return zlib.decompress(base64.b64decode(persons.keyring().open(sealed)))
