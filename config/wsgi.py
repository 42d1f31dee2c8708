"""WSGI entry point: `granian --interface wsgi config.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.starting import refuse_mistakes  # noqa: E402  (Django is ready only now)

refuse_mistakes()

# The program itself stays for good: the garbage collector need not look through it at every page.
gc.collect()
gc.freeze()
