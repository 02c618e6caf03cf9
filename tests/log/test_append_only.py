"""What was said stays, and who said it: the database itself refuses, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from campaigns.models import Campaign, LogEntry, LogVersion
from portal.models import User
from tests.factories import make_campaign, make_entry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    ["number", "author", "campaign", "kind", "fact", "topic", "token_name", "written_at", "parent"],
)
def test_what_makes_an_entry_the_entry_it_is_never_changes(campaign: Campaign, shifter: User, coordinator: User, change: str):
    first, entry = make_entry(campaign, shifter), make_entry(campaign)
    values = {
        "number": 7, "author": coordinator, "campaign": make_campaign("fd-sim-2026a"), "kind": "note", "fact": "other",
        "topic": "other", "token_name": "x", "written_at": timezone.now(), "parent": first,
    }  # fmt: skip
    before = LogEntry.objects.filter(pk=entry.pk).values().get()
    for act in (
        lambda: LogEntry.objects.filter(pk=entry.pk).update(**{change: values[change]}),
        lambda: (setattr(entry, change, values[change]), entry.save()),
    ):
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
            act()
    assert LogEntry.objects.filter(pk=entry.pk).values().get() == before


def test_an_entry_may_be_struck_but_not_deleted(campaign: Campaign, shifter: User):
    entry = make_entry(campaign, shifter)
    assert LogEntry.objects.filter(pk=entry.pk).update(struck_because="wrong", version=2, body="x") == 1
    with pytest.raises(ProtectedError):
        entry.delete()
    with pytest.raises(DatabaseError, match="not deleted"), transaction.atomic():
        LogEntry.objects.filter(pk=entry.pk)._raw_delete("default")  # type: ignore[attr-defined]


def test_versions_are_only_added(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter, "as it was said")
    for act in (
        lambda: LogVersion.objects.update(body="other"),
        lambda: LogVersion.objects.all()._raw_delete("default"),  # type: ignore[attr-defined]
    ):
        with pytest.raises(DatabaseError, match="only added"), transaction.atomic():
            act()
    assert LogVersion.objects.get().body == "as it was said"
