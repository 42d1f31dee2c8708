"""Celery tasks of stage 2: thin, repeatable, safe to lose."""

from __future__ import annotations

from celery import shared_task

from derived_rights.services import deriving


@shared_task
def derive_pending() -> None:
    """Derive the rights of every person whose facts have changed."""
    deriving.derive_pending()
