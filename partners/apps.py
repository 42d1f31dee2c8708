"""Django application of partners: listens to the stages above, and to its own feeds."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from derived_rights.bells import (  # noqa: PLC0415
            facts_derived,
            rehearsal_asked,
            rights_changed,
        )
        from partners.api import error_texts  # noqa: F401, PLC0415
        from partners.bells import feeds_grown, inscribed, probe_asked, question_asked  # noqa: PLC0415
        from partners.tasks import (  # noqa: PLC0415
            answer_questions,
            deliver_due,
            probe_endpoints,
            rehearse_pending,
            route_pending,
        )

        facts_derived.listen(route_pending.ring)
        rights_changed.listen(route_pending.ring)
        inscribed.listen(route_pending.ring)
        rehearsal_asked.listen(rehearse_pending.ring)
        feeds_grown.listen(deliver_due.ring)
        probe_asked.listen(probe_endpoints.ring)
        question_asked.listen(answer_questions.ring)
