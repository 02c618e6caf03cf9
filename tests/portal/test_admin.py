"""The administration: for administrators by role; what the portal writes itself is shown only."""

import pytest
from django.contrib import admin
from django.urls import reverse

from campaigns.models import Campaign
from monitoring.models import JustinCampaign, Service, Tally, Workflow
from portal.models import User
from portal.roles import Role, roles_of
from portal.tokens import create_token


@pytest.fixture
def by_role(make_user) -> User:
    """An administrator by role alone, as a directory would make them."""
    return make_user("administrator2", Role.ADMINISTRATORS)


def test_an_administrator_by_role_alone_may_enter(client_of, by_role):
    assert client_of(by_role).get("/admin/").status_code == 200


@pytest.mark.parametrize("who", ["shifter", "coordinator", "outsider"])
def test_others_are_told_which_role_it_takes(client_of, request, who):
    client = client_of(request.getfixturevalue(who))
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "for the role Administrators" in answer.content.decode()


def test_the_door_is_the_portals_own_login(client, db):
    answer = client.get("/admin/portal/user/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/portal/user/"


def test_every_list_and_page_opens(client_of, by_role, coordinator):
    campaign = JustinCampaign.objects.create(justin_id=402)
    workflow = Workflow.objects.create(justin_id=3206, justin_campaign=campaign)
    Service.justin()
    Tally.objects.create(workflow=workflow, as_of="2026-11-23T18:00Z", full_as_of="2026-11-23T18:00Z", digest="x")
    Campaign.objects.create(name="a", slug="a")
    create_token(coordinator)
    client = client_of(by_role)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist")).status_code == 200, name
        row = model._default_manager.first()
        if row is not None:
            assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name


def test_an_administrator_gives_a_role(client_of, by_role, outsider):
    group = outsider.groups.model.objects.get(name=Role.SHIFTERS)
    answer = client_of(by_role).post(
        reverse("admin:portal_user_change", args=[outsider.pk]),
        {"username": "outsider1", "is_active": "on", "groups": [group.pk]},
    )
    assert answer.status_code == 302
    assert roles_of(User.objects.get(pk=outsider.pk)) == {Role.SHIFTERS}


def test_numbers_cannot_be_changed_or_deleted_but_watching_can_end(client_of, by_role):
    campaign = JustinCampaign.objects.create(justin_id=402, n_listed=5)
    client = client_of(by_role)
    address = reverse("admin:monitoring_justincampaign_change", args=[campaign.pk])
    client.post(address, {"n_listed": 99})  # a box that is not ticked: no longer watched
    campaign.refresh_from_db()
    assert campaign.n_listed == 5
    assert campaign.is_watched is False
    assert client.post(reverse("admin:monitoring_justincampaign_delete", args=[campaign.pk])).status_code == 403
    assert client.get(reverse("admin:monitoring_tally_add")).status_code == 403


def test_people_are_switched_off_never_deleted(client_of, by_role, shifter):
    assert client_of(by_role).post(reverse("admin:portal_user_delete", args=[shifter.pk])).status_code == 403


def test_an_administrator_revokes_a_token_of_others(client_of, by_role, shifter):
    create_token(shifter)
    token = shifter.auth_token_set.get()
    answer = client_of(by_role).post(reverse("admin:knox_authtoken_delete", args=[token.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert not shifter.auth_token_set.exists()


def test_the_list_of_people_takes_as_many_queries_for_many(client_of, by_role, make_user, django_assert_max_num_queries):
    for n in range(30):
        make_user(f"shifter{n}", Role.SHIFTERS)
    client = client_of(by_role)
    with django_assert_max_num_queries(15):
        client.get("/admin/portal/user/")
