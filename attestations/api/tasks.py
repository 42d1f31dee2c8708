"""The task resource: work that a caller can follow, finished already or not."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from attestations.api.error_texts import told_fates
from attestations.api.inputs import strict_query
from attestations.api.permissions import caller
from attestations.errors import NotFound
from attestations.models import BackgroundTask


class IssueShape(serializers.Serializer[Any]):
    """What is wrong with one item."""

    index = serializers.IntegerField()
    issues = serializers.ListField(child=serializers.DictField())


class TaskShape(serializers.Serializer[Any]):
    """Long work and how far it is."""

    taskId = serializers.UUIDField()
    status = serializers.ChoiceField(BackgroundTask.Status.values)
    total = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    issues = IssueShape(many=True)
    pollAfter = serializers.DateTimeField(required=False)
    result = serializers.DictField(required=False)


def task_json(task: BackgroundTask) -> dict[str, Any]:
    """The task resource; its issues are kept in English, and told in the caller's language."""
    body: dict[str, Any] = {
        "taskId": task.public_id,
        "status": task.status,
        "total": task.total,
        "accepted": task.accepted,
        "rejected": task.rejected,
        "issues": told_fates(task.issues),
    }
    if task.status == BackgroundTask.Status.PROCESSING:
        body["pollAfter"] = timezone.localtime() + timedelta(seconds=1)
    if task.result is not None:
        body["result"] = task.result
    return body


def accepted(task: BackgroundTask) -> Response:
    """202 with the task, and where it can be followed."""
    response = Response(task_json(task), status=202)
    response["Location"] = f"/registry/v1/tasks/{task.public_id}"
    return response


class Tasks(APIView):
    scopes: ClassVar[frozenset[str]] = frozenset()

    @extend_schema(operation_id="getTask", responses=TaskShape)
    def get(self, request: Request, taskId: uuid.UUID) -> Response:
        """How far a task of the caller's is."""
        strict_query(request, [])
        task = BackgroundTask.objects.filter(public_id=taskId, owner=caller(request).owner).first()
        if task is None:
            raise NotFound("There is no such task of yours.")
        return Response(task_json(task))
