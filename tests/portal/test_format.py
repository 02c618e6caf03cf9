"""How numbers, ages and states are written."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from portal.templatetags.portal_format import (
    age,
    age_in_words,
    at_least,
    bytes_decimal,
    column_time,
    count,
    duration,
    exact_utc,
    percent,
    percent_unit,
    status,
    workflow_status,
)

NOW = datetime(2026, 11, 23, 18, 42, 0, tzinfo=UTC)


@pytest.mark.parametrize(("n", "text"), [(0, "0"), (999, "999"), (20784, "20,784"), (1_000_000, "1,000,000")])
def test_counts_have_commas_from_a_thousand_on(n, text):
    assert count(n) == text


@pytest.mark.parametrize("nothing", [None, "", float("nan")])
def test_a_count_that_is_not_known_is_never_zero(nothing):
    assert count(nothing) == "unknown"
    assert at_least(nothing, True) == "unknown"
    assert at_least(nothing, False) == "unknown"
    assert bytes_decimal(nothing) == "unknown"
    assert duration(nothing) == "unknown"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0, "0.0"), (0.906, "90.6"), (1, "100.0"), (None, "–"), (1.0001, "over 100, check"), (-0.1, "below 0, check")],
)
def test_a_ratio_is_written_as_per_cent_with_one_decimal(ratio, text):
    assert percent(ratio) == text


def test_the_figure_of_the_tutorial_is_99_4_per_cent():
    assert percent_unit(99_400 / 100_000) == "99.4\u202f%"


def test_a_slip_of_a_unit_is_said_and_not_printed():
    assert percent_unit(99_400 / 10_000) == "over 100, check"
    assert percent_unit(None) == "–"


@given(st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_only_all_reads_as_100_and_only_none_as_0(part_of):
    part, whole = part_of
    assert (percent(part / whole) == "100.0") == (part == whole)
    assert (percent(part / whole) == "0.0") == (part == 0)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_above_100_per_cent_is_ever_printed(ratio):
    numbers = re.findall(r"\d+\.\d", percent(ratio))
    assert all(float(number) <= 100 for number in numbers)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (13.9e12, "13.9 TB"), (100_000 * 10**9, "100 TB"),
        (999_700_000_000, "1.0 TB"), (99_960_000, "100 MB"), (2.5e18, "2,500 PB"),
    ],
)  # fmt: skip
def test_bytes_are_in_decimal_units(n_bytes, text):
    assert bytes_decimal(n_bytes) == text


@given(st.integers(0, 10**17))
def test_bytes_read_back_within_the_last_digit(n_bytes):
    number, unit = bytes_decimal(n_bytes).split()
    scale = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}[unit]
    assert float(number.replace(",", "")) * scale == pytest.approx(n_bytes, rel=0.06)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (45, "45 s"), (60, "1 min"), (12 * 60 + 59, "12 min"), (19 * 3600 + 14 * 60, "19 h 14 min"),
        (7200, "2 h"), (47 * 3600, "47 h"), (76 * 3600, "3 d 4 h"), (timedelta(days=3), "3 d"), (-1, "unknown"),
    ],
)  # fmt: skip
def test_durations_show_their_two_largest_parts(seconds, text):
    assert duration(seconds) == text


def test_exact_times_are_utc_whatever_zone_they_came_in():
    at = datetime(2026, 11, 23, 19, 40, 12, tzinfo=datetime.strptime("+0100", "%z").tzinfo)
    assert exact_utc(at) == "2026-11-23 18:40:12 UTC"


def test_times_in_columns_show_the_year_when_it_is_another_one(time_machine_at):
    time_machine_at(NOW)
    assert column_time(datetime(2026, 11, 18, 4, 11, tzinfo=UTC)) == "18 Nov 04:11"
    assert column_time(datetime(2025, 11, 8, 4, 11, tzinfo=UTC)) == "8 Nov 2025 04:11"
    assert column_time(None) == "unknown"


def test_a_cut_number_is_at_least():
    assert at_least(561540, False) == "≥ 561,540"
    assert at_least(561540, True) == "561,540"


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(0), "just now"), (timedelta(seconds=59), "just now"), (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"), (timedelta(days=2), "21 Nov"), (timedelta(days=400), "19 Oct 2025"),
        (timedelta(days=-364), "22 Nov 2027"),
        (timedelta(seconds=-30), "within a minute"), (timedelta(minutes=-5), "in 5 min"), (timedelta(days=-1), "24 Nov"),
    ],
)  # fmt: skip
def test_ages_are_words_up_to_a_day_then_the_date(ago, text):
    assert age_in_words(NOW - ago, NOW) == text


def test_an_age_has_the_exact_time_on_hover_and_for_machines():
    assert age(NOW - timedelta(minutes=2), now=NOW) == (
        '<time class="age" datetime="2026-11-23T18:40:00Z" title="2026-11-23 18:40:00 UTC">2 min ago</time>'
    )


def test_a_stale_age_is_marked():
    assert ' data-state="stale" ' in age(NOW, now=NOW, stale=True)


def test_an_age_that_is_not_known_says_so():
    assert age(None) == "unknown"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("finished", "ok"), ("running", "running"), ("finishing", "running"), ("paused", "paused"),
        ("submitted", "todo"), ("draft", "todo"), ("quarantined", "unknown"),
    ],
)  # fmt: skip
def test_a_workflows_state_is_justins_own_word_also_when_it_is_new(word, state):
    html = workflow_status(SimpleNamespace(state=word))
    assert html == f'<span class="status" data-state="{state}">{word}</span>'


def test_a_workflow_without_a_state_is_unknown():
    assert workflow_status(SimpleNamespace(state="")) == '<span class="status" data-state="unknown">unknown</span>'


def test_words_from_elsewhere_are_escaped():
    assert "<b>" not in workflow_status(SimpleNamespace(state="<b>"))
    assert status('" onclick="x', "y") == '<span class="status" data-state="unknown">y</span>'


def test_the_tags_are_there_in_every_template():
    template = Template('{{ n|count }} {% status "ok" "finished" pill=True %} {% age missing %}')
    assert template.render(Context({"n": 20784})) == (
        '20,784 <span class="status pill" data-state="ok">finished</span> unknown'
    )
