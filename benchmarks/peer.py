"""The usual way to send webhooks, to measure against: one Celery task for each POST.

Nothing is signed, recorded, ordered or tried again in it; the broker and the number of processes
are the same as ours.
"""

from __future__ import annotations

import http.client
import os
from urllib.parse import urlsplit

from celery import Celery

app = Celery("peer", broker=os.environ.get("REDIS_URL"))
app.conf.task_ignore_result = True
app.conf.task_default_queue = "peer"


@app.task
def send(url: str, message_id: str, body: str) -> None:
    """One POST over a connection of its own, as `requests.post` makes it."""
    to = urlsplit(url)
    connection = http.client.HTTPConnection(to.hostname or "", to.port, timeout=10)
    connection.request("POST", to.path, body.encode(), {"webhook-id": message_id})
    connection.getresponse().read()
    connection.close()
