"""Whoever loads any of it has its settings. It loads nothing itself: gunicorn's master process, which only starts and watches others,
takes its kind of worker from here."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roadmap.settings")
