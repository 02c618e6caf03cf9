"""Production meetings: the series they come from, the meetings themselves, what is on their agenda and what people took on.

What a meeting decided stands where it was recorded, in the acts on steps and requests; they name its day (`held_on`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign
from campaigns.models.requests import ProductionRequest
from portal.models import Event
from portal.zones import zone_named


class Weekday(models.IntegerChoices):
    """As Python's date.weekday() counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class MeetingSeries(models.Model):
    """A meeting that comes again every week, or every few weeks counted from that of `from_on`, at the same local time."""

    name = models.CharField(max_length=100)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    every_weeks = models.PositiveSmallIntegerField(default=1)
    begins = models.TimeField(help_text="By the clock of time_zone.")
    time_zone = models.CharField(max_length=64)
    n_minutes = models.PositiveSmallIntegerField(default=60)
    where = models.CharField(max_length=500, blank=True, help_text="A link or a room.")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True, help_text="The last day on which there may be one.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "meeting series"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:meeting-series", args=[self.pk])


class MeetingState(models.TextChoices):
    """Stored values never change."""

    PLANNED = "planned", "planned"
    CANCELLED = "cancelled", "cancelled"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Reads, named by their use."""

    def taking_place(self) -> Self:
        return self.filter(state=MeetingState.PLANNED)

    def coming(self, now: datetime) -> Self:
        """Those that are not over, the next one first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-pk")

    def with_counts(self) -> Self:
        """`n_items` and `n_actions` for lists: what was put on the agenda, and what people took on."""
        on_it = ~Q(items__state=ItemState.WITHDRAWN)
        return self.annotate(n_items=Count("items", on_it, distinct=True), n_actions=Count("actions", distinct=True))


class Meeting(models.Model):
    """One meeting. Of a series it keeps the day that the series gave it: one that was moved or cancelled is not made again."""

    series = models.ForeignKey(MeetingSeries, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings")
    planned_on = models.DateField(null=True, blank=True, help_text="The day that the series gave it.")
    title = models.CharField(max_length=100)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    held_on = models.DateField(db_index=True, help_text="The day on which it starts, by the clock of time_zone.")
    time_zone = models.CharField(max_length=64)
    where = models.CharField(max_length=500, blank=True, help_text="A link or a room.")
    state = models.CharField(max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED)
    reason = models.TextField(blank=True, help_text="Why it was moved or cancelled.")
    is_edited = models.BooleanField(default=False, help_text="Somebody changed it: it does not follow its series any more.")
    minutes = models.TextField(blank=True, help_text="Markdown. Every version is in its events.")
    minutes_version = models.PositiveIntegerField(default=0)
    sequence = models.PositiveIntegerField(default=0, help_text="Of its changes, as calendars count them.")
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = MeetingQuerySet.as_manager()
    n_items: int  # of with_counts()
    n_actions: int

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "planned_on"], name="one_meeting_per_day_of_a_series"),
            models.CheckConstraint(
                condition=Q(series__isnull=True, planned_on__isnull=True) | Q(series__isnull=False, planned_on__isnull=False),
                name="a_meeting_of_a_series_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} of {self.held_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:meeting-detail", args=[self.pk])

    @property
    def is_cancelled(self) -> bool:
        return self.state == MeetingState.CANCELLED

    @property
    def n_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def is_link(self) -> bool:
        """Whether `where` is an address of the web."""
        return self.where.startswith(("https://", "http://"))

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_past(self, now: datetime) -> bool:
        """Whether its day is over, by its own clock: what was said too late is still recorded on the day itself."""
        return self.ends_at <= now and timezone.localdate(now, timezone=zone_named(self.time_zone)) > self.held_on

    def set_time(self, starts_at: datetime, n_minutes: int, time_zone: str) -> None:
        """When it starts, for how long, and by which clock its day is counted."""
        self.starts_at, self.ends_at, self.time_zone = starts_at, starts_at + timedelta(minutes=n_minutes), time_zone
        self.held_on = timezone.localdate(starts_at, timezone=zone_named(time_zone))


class ItemState(models.TextChoices):
    """Stored values never change."""

    OPEN = "open", "open"
    DONE = "done", "done"
    POSTPONED = "postponed", "postponed"
    WITHDRAWN = "withdrawn", "withdrawn"


class AgendaItem(models.Model):
    """Something that somebody wants to talk about. One that is postponed stays, and goes on as another at the next meeting."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField(help_text="From 1; items of a meeting stand in this order.")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True, help_text="Markdown.")
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items")
    request = models.ForeignKey(ProductionRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.OPEN)
    came_from = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="went_to")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == ItemState.OPEN


class MeetingAction(models.Model):
    """What somebody took on at a meeting ("action item"). It is open until it says when and by whom it was done."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="actions")
    text = models.CharField(max_length=500)
    responsible = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meeting_actions")
    due_on = models.DateField(null=True, blank=True)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="meeting_actions")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=500, blank=True, help_text="What came of it.")

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True) | Q(done_at__isnull=False, done_by__isnull=False),
                name="an_action_done_says_by_whom",
            )
        ]
        indexes = [
            models.Index(fields=["responsible", "due_on"], condition=Q(done_at=None), name="open_actions_of_people"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.done_at is None


class MeetingVerb(models.TextChoices):
    """Past tense; stored values never change."""

    SERIES_MADE = "series-made", "made the series"
    SERIES_CHANGED = "series-changed", "changed the series"
    PLANNED = "planned", "planned the meeting"
    CHANGED = "changed", "changed"
    CANCELLED = "cancelled", "cancelled it"
    RESTORED = "restored", "said that it takes place after all"
    MINUTES_WRITTEN = "minutes-written", "wrote the minutes"
    ITEM_PROPOSED = "item-proposed", "put on the agenda"
    ITEM_CHANGED = "item-changed", "changed the item"
    ITEM_DONE = "item-done", "dealt with"
    ITEM_POSTPONED = "item-postponed", "postponed"
    ITEM_WITHDRAWN = "item-withdrawn", "withdrew"
    ITEM_REOPENED = "item-reopened", "put back on the agenda"
    AGENDA_ORDERED = "agenda-ordered", "ordered the agenda:"
    ACTION_ADDED = "action-added", "noted the action"
    ACTION_CHANGED = "action-changed", "changed the action"
    ACTION_DONE = "action-done", "did"
    ACTION_REOPENED = "action-reopened", "opened again"


class MeetingEvent(Event):
    """What people did to a series or a meeting. No actor: the portal, e.g. because the series changed."""

    series = models.ForeignKey(MeetingSeries, null=True, blank=True, on_delete=models.CASCADE, related_name="events")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.CASCADE, related_name="events")
    verb = models.CharField(max_length=40, choices=MeetingVerb.choices)
    data = models.JSONField(default=dict, blank=True, help_text="Old and new values, or the minutes as they were written.")

    class Meta(Event.Meta):
        abstract = False
        constraints = [
            models.CheckConstraint(
                condition=Q(series__isnull=False, meeting__isnull=True) | Q(series__isnull=True, meeting__isnull=False),
                name="an_event_of_a_series_or_a_meeting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting or self.series}: {self.get_verb_display()}"
