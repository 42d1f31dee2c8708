"""Django application of derived rights: listens to the facts of stage 1."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DerivedRightsConfig(AppConfig):
    name = "derived_rights"
    verbose_name = _("Rights")

    def ready(self) -> None:
        from attestations.bell import facts_changed  # noqa: PLC0415
        from derived_rights import checks  # noqa: F401, PLC0415 - registers the checks
        from derived_rights.bells import derivation_begun, law_changed, persons_due  # noqa: PLC0415
        from derived_rights.tasks import (  # noqa: PLC0415
            derive_due,
            derive_for_new_law,
            derive_pending,
            share_derivation,
        )

        facts_changed.listen(derive_pending.ring)
        persons_due.listen(derive_due.ring)
        law_changed.listen(derive_for_new_law.ring)
        derivation_begun.listen(share_derivation.ring)
