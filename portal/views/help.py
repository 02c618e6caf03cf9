"""The help page: what the portal shows, how numbers are written, who may do what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.roles import WHAT_ROLES_DO, Role


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    roles = [(role.label, WHAT_ROLES_DO[role]) for role in Role]
    return render(request, "portal/help.html", {"roles": roles})
