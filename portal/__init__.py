"""Ground floor: settings, users and roles, sign-on, shared tools. Imports nothing from the floors above."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
