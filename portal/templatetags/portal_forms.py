"""Form fields in the visual language, and who may log in at a demonstration."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.forms import BoundField, Select

from portal.models import User
from portal.roles import Role

register = template.Library()


@register.inclusion_tag("_field.html")
def field(bound: BoundField) -> dict[str, object]:
    """A field with its label, help and errors, tied together for screen readers (Django adds the aria attributes)."""
    css = "form-select" if isinstance(bound.field.widget, Select) else "form-control"
    attrs: dict[str, str | bool] = {"class": f"{css} is-invalid" if bound.errors else css, "placeholder": False}
    return {"field": bound, "widget": bound.as_widget(attrs=attrs)}


@register.simple_tag
def demo_accounts() -> list[tuple[User, str]]:
    """The demonstration's people with their roles in words; nobody at a real site."""
    if not settings.DEMO:
        return []
    people = User.objects.filter(is_active=True, groups__name__in=Role.values).distinct().order_by("pk")
    labels = dict(Role.choices)
    return [
        (person, ", ".join(labels[group.name] for group in person.groups.all() if group.name in labels))
        for person in people.prefetch_related("groups")[:20]
    ]
