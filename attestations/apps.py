"""Django application of attestations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttestationsConfig(AppConfig):
    name = "attestations"
    verbose_name = _("Attestations")

    def ready(self) -> None:
        from attestations.bell import control_asked  # noqa: PLC0415
        from attestations.tasks import control_missing_attestations  # noqa: PLC0415

        control_asked.listen(control_missing_attestations.delay)
