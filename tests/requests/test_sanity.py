"""Doubts before a reviewer has them."""

from __future__ import annotations

import pytest

from campaigns.models import ProductionRequest
from campaigns.requests.sanity import alike, warnings_for
from campaigns.requests.services import clone, create_request, submit, withdraw
from portal.roles import Role
from tests.requests.contents import content

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(requester) -> list[ProductionRequest]:
    """Three reconstruction requests of 11, 14 and 16 TB, of other samples."""
    return [
        submit(
            create_request(actor=requester, content=content(outputs__0__files=f"{n},000", samples__1__what=f"{n}")),
            actor=requester,
        )
        for n in (11, 14, 16)
    ]


def test_a_total_out_of_proportion_is_doubted_with_the_numbers(earlier) -> None:
    [doubt] = warnings_for(content())
    assert (doubt.level, doubt.path) == ("warning", "outputs.0.files")
    assert doubt.message.startswith("100 TB are about 7 times what the last 3 requests of this kind had (11.0 TB to 16.0 TB).")
    [doubt] = warnings_for(content(outputs__0__files="14"))
    assert "14.0 GB are about 1,000 times less than" in doubt.message


def test_what_is_in_proportion_of_another_kind_or_new_is_not_doubted(earlier) -> None:
    assert warnings_for(content(outputs__0__files="20,000")) == []
    assert warnings_for(content(kind="simulation")) == []
    assert warnings_for({}) == []


def test_a_request_is_not_compared_with_itself(earlier) -> None:
    assert warnings_for(earlier[0]) == []


def test_a_duplicate_is_found_whatever_its_words(earlier, requester, make_user) -> None:
    twin = clone(earlier[1], actor=make_user("requester2", Role.REQUESTERS))
    [first, *near] = alike(twin.content, exclude=twin.pk)
    assert (first.request, first.is_duplicate) == (earlier[1], True)
    assert {"samples", "code version", "steps"} <= set(first.same)
    assert [found.is_duplicate for found in near] == [False, False]
    assert "samples" in near[0].differs
    assert any(f"Request {earlier[1].pk}" in doubt.message for doubt in warnings_for(twin))


def test_drafts_of_others_and_withdrawn_requests_are_not_shown(earlier, requester, make_user) -> None:
    for request in earlier:
        withdraw(request, actor=requester, reason="No longer needed.")
    draft = create_request(actor=requester, content=content())
    assert alike(content()) == []
    assert alike(content(), viewer=make_user("requester2", Role.REQUESTERS)) == []
    assert [found.request for found in alike(content(), viewer=requester)] == [draft]


def test_looking_for_doubts_costs_few_queries_among_many_requests(requester, django_assert_max_num_queries) -> None:
    for n in range(40):
        submit(create_request(actor=requester, content=content(samples__1__what=str(n + 1))), actor=requester)
    with django_assert_max_num_queries(3):
        warnings_for(content())
