"""Users, and the base of every event row."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person. What a person may do comes from roles (groups), never from a name; see portal/roles.py."""

    class Mail(models.TextChoices):
        """How a person is told; stored values never change."""

        DIGEST = "digest", "one mail a day"
        AT_ONCE = "at-once", "a mail each time"
        NEVER = "never", "no mail"

    mail = models.CharField(max_length=10, choices=Mail.choices, default=Mail.DIGEST)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        help_text="In which duties are shown to the person, e.g. Europe/Zurich; see portal/zones.py.",
    )

    def __str__(self) -> str:
        return self.username


class Notice(models.Model):
    """Something a person is told, by mail now or in the next digest. Written in the transaction that made it true."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=300, blank=True, help_text="The page it is about, from the site's root.")
    is_urgent = models.BooleanField(default=False, help_text="Mailed at once unless the person wants no mail.")
    at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["sent_at", "user"])]

    def __str__(self) -> str:
        return self.subject


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
