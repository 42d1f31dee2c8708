"""The usual way to send webhooks, to measure against: one Celery task for each POST, by requests.

Nothing is signed, recorded, ordered or tried again in it; the broker and the number of processes
are the same as ours.
"""

from __future__ import annotations

import os

import requests
from celery import Celery

app = Celery("peer", broker=os.environ.get("REDIS_URL"))
app.conf.task_ignore_result = True
app.conf.task_default_queue = "peer"


@app.task
def send(url: str, message_id: str, body: str) -> None:
    requests.post(url, body.encode(), headers={"webhook-id": message_id}, timeout=10)
