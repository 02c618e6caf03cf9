"""Heads of sortable columns: links that keep the other filters of the address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True)
class Column:
    """`key` sorts by it; '' cannot be sorted. `falls_first`: the first click sorts from the largest."""

    key: str
    label: str
    unit: str = ""
    is_number: bool = True
    falls_first: bool = True


@dataclass(frozen=True)
class Head:
    column: Column
    href: str
    aria_sort: str  # '' where the table is not sorted by it


def heads(request: HttpRequest, columns: list[Column], sort: str) -> list[Head]:
    """A head for each column; a click on the one in use turns its order round."""
    made = []
    for column in columns:
        falling, rising = f"-{column.key}", column.key
        if not column.key:
            made.append(Head(column, "", ""))
            continue
        if sort in (falling, rising):
            wanted = rising if sort == falling else falling
            aria = "descending" if sort == falling else "ascending"
        else:
            wanted, aria = (falling if column.falls_first else rising), ""
        made.append(Head(column, address(request, sort=wanted), aria))
    return made


def address(request: HttpRequest, **changes: str | None) -> str:
    """This page's address with some filters changed (None takes one away) and the paging begun anew."""
    query = request.GET.copy()
    for name, value in {"page": None, **changes}.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}" if query else request.path
