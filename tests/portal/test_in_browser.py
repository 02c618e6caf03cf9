"""Pages of the ground floor in a real browser: nothing is blocked, nothing overflows, axe finds nothing serious."""

import re

import pytest

from portal.roles import Role
from portal.tokens import create_token
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LOOKS = [
    pytest.param({"width": 1440}, id="desktop-light"),
    pytest.param({"width": 1440, "dark": True}, id="desktop-dark"),
    pytest.param({"width": 390, "height": 800}, id="phone-light"),
    pytest.param({"width": 390, "height": 800, "dark": True}, id="phone-dark"),
]


@pytest.fixture
def person(make_user):
    user = make_user("coordinator1", Role.COORDINATORS, Role.SHIFTERS, email="coordinator1@example.org")
    create_token(user)
    return user


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("address", "logged_in", "status"),
    [
        ("/help/", False, 200),
        ("/accounts/login/", False, 200),
        ("/accounts/signup/", False, 200),
        ("/accounts/password/reset/", False, 200),
        ("/accounts/password/change/", True, 200),
        ("/accounts/logout/", True, 200),
        ("/profile/", True, 200),
        ("/nowhere/", True, 404),
        ("/admin/login/", True, 403),
    ],
)
def test_pages_are_clean(visit, person, look, address, logged_in, status):
    one = visit(address, as_user=person if logged_in else None, expect=status, **look)
    assert one.axe() == []
    assert one.overflow() <= 0


@pytest.mark.parametrize("width", [1440, 390])
def test_the_demonstrations_login_page_is_clean_and_logs_in_by_one_click(visit, person, settings, width):
    settings.DEMO = True
    settings.DEMO_PASSWORD = PASSWORD
    one = visit("/accounts/login/?next=/help/", width=width)
    assert one.axe() == []
    assert one.overflow() <= 0
    one.page.get_by_role("button", name="Log in as coordinator1").click()
    one.page.wait_for_url("**/help/")
    assert one.page.locator("summary", has_text="coordinator1").count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_logging_in_and_out_works(visit, person, script):
    one = visit("/help/", script=script)
    page = one.page
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill("coordinator1")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/help/")
    page.locator("summary", has_text="coordinator1").click()
    page.get_by_role("button", name="Log out").click()
    assert page.get_by_role("link", name="Log in").is_visible()


def test_the_menu_closes_on_escape_and_gives_the_focus_back(visit, person):
    page = visit("/help/", as_user=person).page
    page.locator("summary", has_text="coordinator1").click()
    assert page.get_by_role("link", name="Profile and API tokens").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Profile and API tokens").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_on_a_phone_without_script_the_menu_is_there(visit, db):
    page = visit("/help/", width=390, script=False).page
    assert page.get_by_role("link", name="Campaigns").first.is_visible()


def test_the_theme_is_kept_from_page_to_page(visit, db):
    page = visit("/help/").page
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.goto("/accounts/login/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_a_token_is_made_copied_and_revoked(visit, person):
    page = visit("/profile/", as_user=person).page
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("#token").inner_text()
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_text("Copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.get_by_role("link", name=f"Revoke {token[:15]}").click()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text(re.compile("is revoked. Programs that use it are refused")).wait_for()


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/portal/user/", "/admin/portal/user/add/", "/admin/monitoring/workflow/"]
)
def test_the_administration_runs_under_the_same_policy(visit, administrator, address):
    visit(address, as_user=administrator)


def test_a_user_is_edited_in_the_administration(visit, administrator, person):
    page = visit(f"/admin/portal/user/{person.pk}/change/", as_user=administrator).page
    page.locator("#id_groups_to").wait_for()  # drawn by the administration's own script
    assert page.locator("#id_groups_to option").count() == 2


def test_the_viewer_of_the_api_runs_under_the_same_policy(visit, person):
    page = visit("/api/v1/docs/", as_user=person).page
    page.locator(".opblock").first.wait_for()
    page.locator(".opblock-summary-control").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".responses-table .response-col_status", has_text="200").first.wait_for()
