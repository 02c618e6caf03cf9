"""The shift: when checks of a campaign are due, the checks themselves, handovers, and people's calendars.

Check and Handover are what people did and what they let pass; CheckStanding is worked out from them and from what monitoring
knows after every poll and action (campaigns/shift/standing.py), so that lists and the home page read one row.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from campaigns.models.campaigns import Campaign
from campaigns.models.log import LogEntry


class CheckSchedule(models.Model):
    """When checks of a campaign are due. Empty lists: the usual windows (campaigns/shift/windows.py)."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="check_schedule")
    is_wanted = models.BooleanField(default=True, help_text="Else no check of this campaign is ever due.")
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: of whoever is on shift.")
    slots = models.JSONField(default=list, blank=True, help_text='Windows of a day: [["06:00", "12:00"], …].')
    first_slots = models.JSONField(default=list, blank=True, help_text="The same for the first days of full production.")
    n_first_days = models.PositiveSmallIntegerField(default=3)
    settled_until = models.DateTimeField(default=timezone.now, help_text="Windows that closed before have their checks.")

    def __str__(self) -> str:
        return f"checks of {self.campaign}"


class CheckState(models.TextChoices):
    """Stored values never change."""

    DONE = "done", "done"
    MISSED = "missed", "missed"


class Check(models.Model):
    """A window in which a check was due, and what came of it. One that was missed may be made good until the next is due."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=40, help_text="E.g. morning.")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    opens_on = models.DateField(help_text="The day on which it opens, by the clock of time_zone.")
    time_zone = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=CheckState.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField(null=True, blank=True, help_text="When it was recorded; after closes_at: late.")
    entry = models.OneToOneField(LogEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="check_done")
    nothing_new = models.BooleanField(default=False)
    numbers = models.JSONField(default=dict, blank=True, help_text="What was seen, with its age; campaigns/shift/seen.py.")
    points = models.JSONField(default=list, blank=True, help_text="What followed from it.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="The shifter, that it was missed.")
    coordinators_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "opens_at"], name="one_check_per_window"),
            models.CheckConstraint(
                condition=models.Q(state="missed") | models.Q(by__isnull=False, at__isnull=False, entry__isnull=False),
                name="a_check_done_has_its_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "closes_at"], name="checks_by_state"),
            models.Index(fields=["campaign", "closes_at"], name="checks_of_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.name} check of {self.campaign}"

    @property
    def title(self) -> str:
        return f"{self.name[:1].upper()}{self.name[1:]} check"

    @property
    def is_done(self) -> bool:
        return self.state == CheckState.DONE

    @property
    def is_late(self) -> bool:
        return self.at is not None and self.at >= self.closes_at


class CheckStanding(models.Model):
    """Where a campaign's checks stand, worked out at the last change. `windows`: of the next days, if something runs on."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="check_standing")
    windows = models.JSONField(default=list)
    is_running = models.BooleanField(default=False, help_text="Whether anything runs that has to be checked.")
    points = models.JSONField(default=list, help_text="As a check would answer them now.")
    n_new = models.PositiveSmallIntegerField(default=0, help_text="Of these, new since the last check.")
    last = models.ForeignKey(Check, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"checks of {self.campaign}"


class Handover(models.Model):
    """What a shifter left for the next, and who took it over. The words are those of its log entry."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="handovers")
    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, related_name="handover")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["campaign", "-at"], name="handovers_of_campaign")]

    def __str__(self) -> str:
        return f"handover of {self.campaign} by {self.by}"

    def get_absolute_url(self) -> str:
        return f"{reverse('campaigns:campaign-shift', args=[self.campaign.slug])}#handover"


class CalendarAddress(models.Model):
    """The secret address of a person's calendar. Of the address only what it is made from is kept; see shift/addresses.py."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_address")
    nonce = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of {self.user}"
