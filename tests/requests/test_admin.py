"""The lists that administrators keep, and requests as they look at them."""

from __future__ import annotations

import pytest

from campaigns.models import OfficialRepository
from campaigns.requests.lists import read_now
from campaigns.requests.services import create_request
from tests.requests.contents import content

pytestmark = pytest.mark.django_db


def test_a_repository_that_is_added_may_be_asked_for(client_of, administrator) -> None:
    wanted = content(code={"package": "garana", "tag": "v1.0", "repository": "DUNE/garana"})
    assert [problem.path for problem in read_now(wanted).problems] == ["code.repository"]
    form = {"name": "DUNE/garana", "package": "garana", "is_active": "on"}
    assert client_of(administrator).post("/admin/campaigns/officialrepository/add/", form).status_code == 302
    assert OfficialRepository.objects.filter(name="DUNE/garana").exists()
    assert read_now(wanted).problems == []


@pytest.mark.parametrize("model", ["detector", "officialrepository", "workinggroup", "productionrequest"])
def test_every_list_opens(client_of, administrator, requester, model: str) -> None:
    create_request(actor=requester, content=content())
    assert client_of(administrator).get(f"/admin/campaigns/{model}/?q=v").status_code == 200


def test_a_request_is_looked_at_and_not_changed_there(client_of, administrator, requester) -> None:
    made = create_request(actor=requester, content=content())
    client = client_of(administrator)
    page = f"/admin/campaigns/productionrequest/{made.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"title": "x"}).status_code == 403
    assert client.get("/admin/campaigns/productionrequest/add/").status_code == 403
