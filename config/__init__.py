"""The installation. Its Celery app is there wherever the program runs, so that the web server's tasks find the broker too."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
