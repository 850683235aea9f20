"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roadmap.settings")
application = get_wsgi_application()

from roadmap.checks import refuse_unsafe_start  # noqa: E402 - after the settings are there

refuse_unsafe_start()
