import pytest

from monitoring.exit_codes import MEANINGS, meaning


@pytest.mark.parametrize(("code", "word"), [(127, "not found"), (65, "EX_DATAERR"), (-9, "SIGKILL"), (-11, "SIGSEGV")])
def test_a_known_code_has_a_meaning(code: int, word: str) -> None:
    assert word in meaning(code)


@pytest.mark.parametrize("code", [90, 3, 200, None])
def test_a_code_nobody_defined_has_none_rather_than_a_guess(code: int | None) -> None:
    assert meaning(code) == ""


def test_a_signal_without_a_name_is_still_a_signal() -> None:
    assert meaning(-100) == "ended by signal 100"


def test_every_code_of_sysexits_is_there() -> None:
    assert set(range(64, 79)) <= set(MEANINGS)
