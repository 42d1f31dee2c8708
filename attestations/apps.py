"""Django application of attestations."""

from django.apps import AppConfig


class AttestationsConfig(AppConfig):
    name = "attestations"

    def ready(self) -> None:
        from attestations.bell import control_asked  # noqa: PLC0415
        from attestations.tasks import control_missing_attestations  # noqa: PLC0415

        control_asked.listen(control_missing_attestations.delay)
