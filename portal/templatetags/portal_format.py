"""How numbers, ages and states are written on pages; see docs/pages.md."""

from django import template

register = template.Library()
