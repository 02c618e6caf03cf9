"""What the steps take from the log: the results of tests, and entries that show that a criterion holds."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from campaigns.log.services import strike_entry
from campaigns.models import Campaign, Evidence, EvidenceKind, StepEvent, StepVerb
from campaigns.steps.attaching import attach_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.states import CriterionState
from portal.errors import Invalid
from portal.models import User
from tests.campaigns.steps.conftest import cast
from tests.campaigns.steps.walking import Cast, begin, stands, walk_to
from tests.factories import make_entry, make_workflow

__all__ = ["cast"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def testing(cast: Cast) -> Campaign:
    """In the step test, with two workflows that were run for it."""
    from campaigns.services import watch_justin_campaign

    campaign = begin(cast)
    watch_justin_campaign(campaign, 402, actor=None)
    for justin_id in (3301, 3302):
        make_workflow(justin_id, scope_name="usertests")
    walk_to(campaign, "test", cast)
    for justin_id in (3301, 3302):
        attach_workflow(campaign, "test", justin_id, actor=cast.shifter)
    return campaign


def documented(campaign: Campaign) -> tuple[str, str]:
    one = next(one for one in stands(campaign, "test").criteria if one.key == "test-documented")
    return str(one.state), one.fact.saw if one.fact else ""


def test_a_test_is_documented_once_the_log_has_a_result_of_each_of_its_workflows(testing: Campaign, cast: Cast):
    assert documented(testing) == (
        CriterionState.NOT_MET, "The log has no entry of kind test result for workflow 3301 and 3302.",
    )  # fmt: skip
    make_entry(testing, cast.shifter, "#3301 ran clean.", kind="note")
    make_entry(testing, cast.shifter, "#3301 ran clean.", kind="test-result")
    assert documented(testing) == (CriterionState.NOT_MET, "The log has no entry of kind test result for workflow 3302.")
    last = make_entry(testing, cast.shifter, "And the other.", kind="test-result", workflows=[3302])
    assert documented(testing)[0] == CriterionState.MET
    assert documented(testing)[1].startswith("Log entries ")
    strike_entry(last, actor=cast.coordinator, reason="It was another workflow.")
    assert documented(testing)[0] == CriterionState.NOT_MET


def test_an_entry_of_the_log_is_evidence_and_points_to_its_criterion(testing: Campaign, cast: Cast):
    entry = make_entry(testing, cast.shifter, "The interactive run: no error.")
    shown = add_evidence(testing, "interactive-clean", actor=cast.shifter, log_entry=entry.number, text="See there.")
    assert (shown.kind, shown.url, shown.log_entry) == (EvidenceKind.LOG_ENTRY, entry.get_absolute_url(), entry.number)
    act = StepEvent.objects.filter(verb=StepVerb.EVIDENCE_ADDED).latest("number")
    assert (act.data["about"], act.data["log_entry"]) == (f"log entry {entry.number}", entry.number)
    assert entry.references.filter(kind="criterion", value="interactive-clean").exists()


def test_what_is_no_entry_of_the_log_is_refused(testing: Campaign, cast: Cast):
    struck = strike_entry(make_entry(testing, cast.shifter), actor=cast.coordinator, reason="Wrong.")
    for number, why in ((9999, "has no entry 9999"), (-1, "has no entry"), (struck.number, "was struck through")):
        with pytest.raises(Invalid, match=why) as refused:
            add_evidence(testing, "interactive-clean", actor=cast.shifter, log_entry=number)
        assert refused.value.field == "log_entry"
    with pytest.raises(Invalid, match="one thing at a time"):
        add_evidence(testing, "interactive-clean", actor=cast.shifter, log_entry=1, url="https://docs.example/")
    assert not Evidence.objects.filter(kind=EvidenceKind.LOG_ENTRY).exists()


def test_page_and_api_take_and_show_an_entry_as_evidence(testing: Campaign, cast: Cast, client_of, requester: User):
    entry = make_entry(testing, cast.shifter, "The interactive run: no error.")
    client = client_of(cast.shifter)
    sent = client.post(f"/campaigns/{testing.slug}/steps/test/interactive-clean/evidence/", {"log_entry": entry.number})
    assert sent.status_code == 302, sent.content.decode()[:2000]
    page = client.get(f"/campaigns/{testing.slug}/steps/test/").content.decode()
    assert f'<a href="{entry.get_absolute_url()}">log entry {entry.number}</a>' in page
    api = APIClient()
    api.force_authenticate(cast.shifter)
    address = f"/api/v1/campaigns/{testing.slug}/criteria/interactive-outputs/evidence/"
    said = api.post(address, {"log_entry": entry.number}).json()
    assert (said["kind"], said["log_entry"]) == ("log-entry", entry.number)
    assert said["url"] == f"http://testserver{entry.get_absolute_url()}"
    assert api.post(address, {"log_entry": 9999}).json()["errors"][0]["field"] == "log_entry"
