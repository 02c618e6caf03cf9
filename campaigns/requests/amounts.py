"""Numbers and sizes as people type them. Pure; what cannot be read is refused with the reason and the remedy."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}  # decimal, as storage is counted
LARGEST = Decimal(10) ** 15  # past this it is a slip of the hand, whatever is counted
LONGEST = 60  # characters; what is longer is no number, and searching it for the reason would take seconds

_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f]+")
_POWER = re.compile(r"([0-9]*\.?[0-9]+)[eE]([+-]?[0-9]{1,2})")
_MULTIPLE = re.compile(r"([0-9]*\.?[0-9]+)\s*(k|K|M|G|T|million|thousand)")
_MULTIPLES = {"k": 3, "K": 3, "thousand": 3, "M": 6, "million": 6, "G": 9, "T": 12}


class NotANumber(ValueError):
    """The text is no number; the message says why and what would be right, in a sentence."""


def number(typed: object) -> Decimal | None:
    """A number ≥ 0 as typed: "20,784", "20 784", "0.5", 3000. None when nothing was typed. Raises NotANumber."""
    if typed is None or typed == "":
        return None
    if isinstance(typed, bool) or not isinstance(typed, str | int | float | Decimal):
        raise NotANumber("Give a number.")
    text = typed.strip() if isinstance(typed, str) else written_out(typed)
    if not text:
        return None
    if len(text) > LONGEST:
        raise NotANumber(f"“{_short(text)}” is too long to be a number. Write digits, for example 20,784.")
    return _bounded(_parsed(text), text)


def whole(typed: object) -> int | None:
    """A whole number ≥ 1 as typed. None when nothing was typed. Raises NotANumber."""
    value = number(typed)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise NotANumber(f"“{_short(typed)}” is not a whole number. Did you mean {int(value) or 1:,}?")
    if value == 0:
        raise NotANumber("0 is nothing to do; give at least 1, or remove the row.")
    return int(value)


def positive(typed: object) -> Decimal | None:
    """A number > 0 as typed. None when nothing was typed. Raises NotANumber."""
    value = number(typed)
    if value == 0:
        raise NotANumber("0 is not an amount; give what one event or file needs.")
    return value


def plainly(value: Decimal | int) -> str:
    """A number with commas and no needless noughts: 4,000, 0.5, 1,234.75."""
    text = f"{Decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _parsed(text: str) -> Decimal:
    if text.startswith(("-", "\u2212")):
        raise NotANumber(f"“{_short(text)}” is negative; give an amount from 0 up.")
    bare = text.removeprefix("+").strip()
    if _GROUPED.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    together = _BLANKS.sub("", bare)
    if together != bare and _grouped_by_blanks(bare):
        return Decimal(together)
    if _PLAIN.fullmatch(bare):
        return Decimal(bare)
    raise NotANumber(_why_not(text, bare))


def _grouped_by_blanks(text: str) -> bool:
    """20 784 is a number, 2 0784 and 12 34 are slips."""
    head, *tail = _BLANKS.split(text)
    *middle, last = tail
    return (
        0 < len(head) <= 3
        and head.isascii()
        and head.isdigit()
        and all(re.fullmatch(r"[0-9]{3}", part) for part in middle)
        and re.fullmatch(r"[0-9]{3}(\.[0-9]*)?", last) is not None
    )


def _why_not(text: str, bare: str) -> str:
    shown = _short(text)
    if power := _POWER.fullmatch(bare):
        return f"“{shown}” is easily misread. Write it out: {_power(power[1], int(power[2]))}."
    if multiple := _MULTIPLE.fullmatch(bare):
        return f"“{shown}” is easily misread. Write it out: {_power(multiple[1], _MULTIPLES[multiple[2]])}."
    if re.fullmatch(r"[0-9]+,[0-9]+", bare):
        before, after = bare.split(",")
        return f"“{shown}”: a comma parts thousands. Write {before}.{after} for a fraction, or {int(before + after):,}."
    if bare.count(".") > 1 and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", bare):
        return f"“{shown}”: a dot begins a fraction. Did you mean {int(bare.replace('.', '')):,}?"
    if re.match(r"[0-9.,\s]+[^\W\d_]", bare):
        return f"“{shown}”: give the number alone, in digits."
    return f"“{shown}” is not a number. Write digits, for example 20,784."


def _power(digits: str, exponent: int) -> str:
    value = Decimal(digits).scaleb(exponent)
    return plainly(value) if value < LARGEST else "all its digits"


def _bounded(value: Decimal, text: str) -> Decimal:
    if value >= LARGEST:
        raise NotANumber(f"“{_short(text)}” is more than this can be. Count the digits.")
    if value and value < Decimal("1e-9"):
        raise NotANumber(f"“{_short(text)}” is next to nothing. Count the noughts.")
    return value


def written_out(value: int | float | Decimal) -> str:
    """A JSON number as text without an exponent; what is no number keeps its name and is refused later."""
    try:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite():
            return str(value)
        return f"{exact:f}" if exact.adjusted() < 40 else "9" * 40  # too many for anything, and refused as such
    except (InvalidOperation, ValueError):  # an integer of thousands of digits is not even written
        return "9" * 40


def _short(typed: object) -> str:
    text = " ".join(str(typed).split())
    return text if len(text) <= 40 else text[:39] + "…"
