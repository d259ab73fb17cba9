"""The web server's door."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

missing = [name for name in ("django", "identity", "seed") if not (settings.UPLIFT_SECRETS / f"{name}.key").exists()]
if missing:
    raise ImproperlyConfigured(
        f"{settings.UPLIFT_SECRETS} lacks {', '.join(missing)}.key: `manage.py make_keys` makes the keys of a new trial."
    )

application = get_wsgi_application()
