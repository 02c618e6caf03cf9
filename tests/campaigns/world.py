"""One of everything that addresses of the portal name, and its readers, for tests that ask them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from campaigns import campaign_services
from campaigns.models import (
    Campaign,
    CampaignRequest,
    ProductionRequest,
    RequestState,
    StepVerb,
    StepWorkflow,
    WorkingGroup,
)
from campaigns.permissions import READERS, Reader
from campaigns.requests import services
from campaigns.steps.evidence import add_evidence
from campaigns.steps.loading import held
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.services import waive
from monitoring.models import Workflow
from portal.models import User
from tests.conftest import new_user
from tests.factories import make_campaign, make_service, make_workflow
from tests.requests.filing import filed, whole

SESSION_COOKIE = site.SESSION_COOKIE_NAME


@dataclass
class World:
    """One of everything that addresses name; `people` by the key of the reader."""

    people: dict[str, User]
    campaign: Campaign
    request: ProductionRequest
    comment_pk: int
    file_pk: int
    appointment_pk: int
    sessions: dict[str, str]


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside does not stay."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build() -> World:
    """Written into the database, to be undone by whoever asked for it."""
    make_service()
    people = {
        reader.key: new_user(reader.key, *([reader.role] if reader.role else []), is_staff=reader.key == "administrator")
        for reader in READERS
        if reader.is_logged_in
    }
    coordinator = people["coordinator"]
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3206, campaign=402)
    make_campaign("other-2026", 403)
    one = campaign_services.appoint(campaign, people["on_shift"], actor=coordinator)
    request = filed(people["owner"])
    WorkingGroup.objects.get(name=whole()["working_group"]).members.add(people["colleague"])
    said = services.comment(
        request, "Read this.", actor=people["owner"], files=[SimpleUploadedFile("a.csv", b"what,TB\n1,2\n")]
    )
    sessions = {key: session_of(user) for key, user in people.items()}
    return World(people, campaign, request, said.pk, said.attachments.get().pk, one.pk, sessions)


def session_of(user: User) -> str:
    """The cookie of a log-in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[SESSION_COOKIE].value


def client_of(world: World, reader: Reader) -> Client:
    """A new one for each request, logged in unless the reader is not."""
    client = Client()
    if reader.key in world.sessions:
        client.cookies[SESSION_COOKIE] = world.sessions[reader.key]
    return client


def in_state(world: World, state: RequestState) -> None:
    """Put the request there by hand: this is about who may act, not about how it came about."""
    world.request.state = state
    world.request.save(update_fields=["state"])
    if state == RequestState.ACCEPTED:
        for name in ("pdhd-reco-2026b", "other-2026"):
            CampaignRequest.objects.get_or_create(campaign=Campaign.objects.get(name=name), request=world.request)


def in_step(world: World, step: str) -> None:
    """Put the campaign there by hand as well, with something to take back, to end, to detach and to answer."""
    campaign, coordinator = world.campaign, world.people["coordinator"]
    add_evidence(campaign, "metadata-discussion", actor=coordinator, text="Opened.")
    waive(campaign, "plan-drafted", actor=coordinator, reason="On paper.")
    with held(campaign) as situation:
        for one in situation.process.steps:
            if one.key == step:
                break
            record(campaign, StepVerb.COMPLETED, actor=coordinator, step=one.key)
        if step == "validation":
            overdue = timezone.localdate() - timedelta(days=2)
            record(
                campaign, StepVerb.FEEDBACK_ASKED, actor=coordinator, step=step, criterion="requester-feedback",
                due_on=overdue.isoformat(),
            )  # fmt: skip
        refresh(campaign)
    if step == "test":
        add_evidence(campaign, "test-dataset", actor=coordinator, text="A dataset of three files.")
    StepWorkflow.objects.create(campaign=campaign, workflow=Workflow.objects.get(justin_id=3206), step=step)
