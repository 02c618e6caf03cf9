"""What happened stays: the database itself refuses to change or delete a row, whoever asks."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Model, ProtectedError
from django.test import Client

from campaigns.models import (
    Campaign,
    Evidence,
    JobscriptVersion,
    LogVersion,
    PlanRevision,
    ProcessTemplate,
    StepEvent,
)
from campaigns.steps.evidence import add_evidence
from campaigns.steps.services import waive
from portal.append_only import REFUSAL
from tests.campaigns.steps.walking import Cast, sign_both
from tests.emptying import TABLES

MODELS: list[type[Model]] = [StepEvent, Evidence, ProcessTemplate]


@pytest.fixture
def row(request: pytest.FixtureRequest, small: Campaign, cast: Cast) -> Model:
    """One row of the model that the test is about."""
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    found = request.param._default_manager.order_by("pk").first()
    assert found is not None
    return found


every_model = pytest.mark.parametrize("row", MODELS, indirect=True, ids=[one.__name__ for one in MODELS])


def kept(row: Model) -> dict[str, object]:
    found = type(row)._default_manager.filter(pk=row.pk).values().first()
    assert found is not None
    return found


def a_field(row: Model) -> str:
    return {"StepEvent": "note", "Evidence": "text", "ProcessTemplate": "sha256"}[type(row).__name__]


@pytest.mark.django_db
@every_model
def test_a_row_cannot_be_saved_again_updated_or_deleted(row: Model):
    before, objects = kept(row), type(row)._default_manager
    acts = [
        lambda: row.save(),
        lambda: row.save(update_fields=[a_field(row)]),
        lambda: row.delete(),
        lambda: objects.filter(pk=row.pk).update(**{a_field(row): "other"}),
        lambda: objects.filter(pk=row.pk)._raw_delete("default"),  # type: ignore[attr-defined]
        lambda: objects.bulk_update([row], [a_field(row)]),
        lambda: objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=[a_field(row)]
        ),
    ]  # fmt: skip
    setattr(row, a_field(row), "other")
    for number, act in enumerate(acts):
        with pytest.raises((DatabaseError, ProtectedError)) as refused, transaction.atomic():
            act()
        assert REFUSAL in str(refused.value) or isinstance(refused.value, ProtectedError), number
    assert kept(row) == before


@pytest.mark.django_db
@every_model
def test_plain_sql_is_refused_as_well(row: Model):
    before, table = kept(row), row._meta.db_table
    statements = [
        f"UPDATE {table} SET {a_field(row)} = 'other' WHERE id = {row.pk}",
        f"UPDATE {table} SET id = id + 1000000",
        f"DELETE FROM {table} WHERE id = {row.pk}",
        f"DELETE FROM {table}",
    ]
    if connection.vendor == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE id = {row.pk}")
    for statement in statements:
        with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert kept(row) == before


@pytest.mark.django_db
def test_a_campaign_with_a_history_and_people_in_it_cannot_be_deleted(small: Campaign, cast: Cast):
    sign_both(small, "first", cast)
    waive(small, "known", actor=cast.coordinator, reason="nobody knows")
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    n = StepEvent.objects.count()
    for one in (small, cast.production, cast.data_manager, cast.coordinator, cast.shifter):
        with pytest.raises(ProtectedError), transaction.atomic():
            one.delete()
    assert StepEvent.objects.count() == n


@pytest.mark.django_db
def test_the_administration_neither_changes_nor_deletes_them(small: Campaign, cast: Cast, administrator, client_of):
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    client: Client = client_of(administrator)
    for model in MODELS:
        row = model._default_manager.order_by("pk").first()
        assert row is not None
        before = kept(row)
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}"
        for path, sent in ((f"{address}/change/", {a_field(row): "other"}), (f"{address}/delete/", {"post": "yes"})):
            assert client.post(path, sent).status_code in (403, 404)  # 404: not even shown there
        assert kept(row) == before
    answer = client.post(f"/admin/campaigns/campaign/{small.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 403
    assert Campaign.objects.filter(pk=small.pk).exists()


def test_tests_empty_all_protected_tables_and_no_other():
    assert set(TABLES) == {one._meta.db_table for one in (*MODELS, PlanRevision, LogVersion, JobscriptVersion)}


@pytest.mark.django_db(transaction=True)
def test_the_steps_can_be_migrated_away_and_back_and_are_protected_again(small: Campaign, cast: Cast):
    try:
        call_command("migrate", "campaigns", "0005", verbosity=0)
        assert not set(TABLES) & set(connection.introspection.table_names())
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM campaigns_campaign WHERE slug = %s", [small.slug])
            assert cursor.fetchall() == [(small.name,)]
    finally:
        call_command("migrate", "campaigns", verbosity=0)
    small.refresh_from_db()
    assert small.template is not None
    waive(small, "request-complete", actor=cast.coordinator, reason="an old one")
    with pytest.raises(DatabaseError, match=REFUSAL):
        StepEvent.objects.update(note="other")
