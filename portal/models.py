"""Users, and the base of every event row."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person. What a person may do comes from roles (groups), never from a name; see portal/roles.py."""

    def __str__(self) -> str:
        return self.username


class Event(models.Model):
    """What happened: who or what did it, a verb in the past tense, a note, and when. Rows are only ever added."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty when the portal itself saw it.",
    )
    verb = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["-at", "-pk"]
