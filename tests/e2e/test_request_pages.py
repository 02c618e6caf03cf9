"""The pages that read and review requests, in a real browser: nothing is too wide, nothing is hard to reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import ProductionRequest, RequestState, SavedView, WorkingGroup
from campaigns.requests import services
from portal.models import User
from tests.browsing import Visit
from tests.requests.filing import filed, whole

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SCREENS = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param({"width": 390, "height": 844}, id="phone"),
]
LONG = "a_very_long_name_without_any_blank_" * 6


@pytest.fixture
def discussed(requester: User, coordinator: User) -> ProductionRequest:
    """A request that went the whole way but for the decision, with revisions, a discussion, files and long names."""
    for number in range(6):
        filed(
            requester,
            title=f"Earlier request {number + 1}",
            outputs=[{"pattern": "*.root", "files": "1,000", "size": "1", "unit": "GB"}],
            detector="ProtoDUNE-HD",
        )
    filed(requester, title="Same once more")
    request = filed(requester)
    said = services.comment(
        request,
        f"# Sizes\n\nWhy **100 TB**, @requester1? As #1:\n\n| what | TB |\n|---|---:|\n| {LONG} | 16 |\n\n"
        f"```\n{LONG}\n```\n\n> {LONG}",
        actor=coordinator,
        files=[SimpleUploadedFile("sizes.csv", b"what,TB\n1,2\n")],
    )
    services.comment(request, "All files are kept: see https://docs.example/" + LONG, actor=requester, parent=said)
    services.set_priority(request, 2, actor=coordinator, reason="Before the review.")
    services.change(
        request,
        whole(
            title="Beam reconstruction, autumn runs, with all files kept",
            code={"package": "dunesw", "tag": "v10_13_00d00", "repository": "DUNE/dunesw"},
            datasets=["vd-protodune:pdvd-reco-full", f"vd-protodune:{LONG}"],
        ),
        actor=requester,
        version=request.version,
    )
    return services.present(request, actor=coordinator)


def look(page: Visit, path: Path) -> None:
    """Keep a picture; then nothing may stick out and axe may find nothing."""
    page.shoot(path)
    assert page.overflow() <= 0
    assert page.axe() == []
    page.in_the_dark()
    page.shoot(path.with_stem(f"{path.stem}-dark"))
    assert page.axe(colours_only=True) == []
    page.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("screen", SCREENS)
def test_the_list_is_readable(
    visit: Callable[..., Visit],
    discussed: ProductionRequest,
    requester: User,
    coordinator: User,
    tmp_path: Path,
    screen: dict[str, object],
) -> None:
    WorkingGroup.objects.create(name="A working group whose name is much longer than a phone is wide, as some are")
    filed(requester, title="A draft of mine", state=RequestState.DRAFT, steps=[])
    services.decline(ProductionRequest.objects.get(title="Earlier request 1"), actor=coordinator, reason="Twice.")
    SavedView.objects.create(user=coordinator, name="Vertical drift", query="detector=ProtoDUNE-VD")
    seen = visit("/requests/", as_user=coordinator, **screen)
    look(seen, tmp_path / "list.png")
    seen.page.get_by_text("Saved views").click()
    look(seen, tmp_path / "list-views.png")


@pytest.mark.parametrize("screen", SCREENS)
def test_a_request_is_readable(
    visit: Callable[..., Visit], discussed: ProductionRequest, coordinator: User, tmp_path: Path, screen: dict[str, object]
) -> None:
    seen = visit(discussed.get_absolute_url(), as_user=coordinator, **screen)
    look(seen, tmp_path / "detail.png")
    seen.page.get_by_text("Set them").click()
    seen.page.get_by_text("Reply", exact=False).first.click()
    look(seen, tmp_path / "detail-open.png")
    look(visit(discussed.get_absolute_url() + "changes/", as_user=coordinator, **screen), tmp_path / "changes.png")
    look(visit(discussed.get_absolute_url() + "accept/", as_user=coordinator, **screen), tmp_path / "accept.png")
    look(visit(discussed.get_absolute_url() + "decline/", as_user=coordinator, **screen), tmp_path / "decline.png")
    look(visit(discussed.get_absolute_url() + "comment/", as_user=coordinator, **screen), tmp_path / "comment.png")
    look(visit(discussed.get_absolute_url() + "priority/", as_user=coordinator, **screen), tmp_path / "priority.png")


@pytest.mark.parametrize("screen", SCREENS)
def test_drafts_and_empty_pages_are_readable(
    visit: Callable[..., Visit], requester: User, tmp_path: Path, screen: dict[str, object]
) -> None:
    look(visit("/requests/", as_user=requester, **screen), tmp_path / "none.png")
    draft = filed(
        requester,
        state=RequestState.DRAFT,
        steps=[],
        outputs=[{"pattern": "*.root", "files": "many", "size": "1", "unit": "GB"}],
        code={"package": "dunesw", "tag": "develop", "repository": "DUNE/dunesw"},
    )
    look(visit(draft.get_absolute_url(), as_user=requester, **screen), tmp_path / "draft.png")
    look(visit("/", as_user=requester, **screen), tmp_path / "home.png")


def test_a_comment_is_previewed_and_sent_without_leaving_the_page(
    visit: Callable[..., Visit], discussed: ProductionRequest, coordinator: User
) -> None:
    page = visit(discussed.get_absolute_url(), as_user=coordinator).page
    box = page.locator("#comment")
    box.get_by_label("Comment", exact=True).fill("**Agreed** by @requester1")
    box.get_by_role("button", name="Preview").click()
    box.locator(".preview strong").wait_for()
    assert box.locator(".preview .person").inner_text() == "@requester1"
    box.get_by_role("button", name="Comment").click()
    page.locator(".remark", has_text="Agreed").wait_for()
    assert page.url.startswith(page.url.split("#")[0] + "#comment-")


def test_a_request_is_accepted_without_script(
    visit: Callable[..., Visit], discussed: ProductionRequest, coordinator: User
) -> None:
    page = visit(discussed.get_absolute_url(), as_user=coordinator, script=False).page
    page.get_by_role("link", name="Accept").click()
    page.get_by_label("Name of the new campaign").fill("pdvd-reco-2026c")
    page.get_by_role("button", name="Accept").click()
    assert page.url.endswith("/campaigns/pdvd-reco-2026c/")
