"""Whether the portal works, for load balancers and monitoring. Public and without secrets."""

import logging
from datetime import datetime

from django.apps import apps
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 with the age of the newest poll in seconds (null before the first), or 503 when the database is away.

    An old poll is no reason to take the web server out of service: the pages say how old their numbers are. Whoever
    watches the site compares `poll_age_seconds` with JUSTIN_POLL_SECONDS.
    """
    try:
        ended_at: datetime | None = (
            apps.get_model("monitoring", "Service")._default_manager.order_by("-round_ended_at")
            .filter(round_ended_at__isnull=False).values_list("round_ended_at", flat=True).first()
        )  # fmt: skip
    except DatabaseError as error:
        log.error("healthz: the database does not answer: %s", error)
        return JsonResponse({"status": "error", "database": "away", "poll_age_seconds": None}, status=503)
    age = None if ended_at is None else max(0, round((timezone.now() - ended_at).total_seconds()))
    return JsonResponse({"status": "ok", "database": "ok", "poll_age_seconds": age})
