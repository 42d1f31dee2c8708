"""WSGI entry point: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from attestations.garbage import leave_the_program_alone  # noqa: E402  (Django is ready only now)
from config.starting import refuse_mistakes  # noqa: E402

refuse_mistakes()
leave_the_program_alone()
