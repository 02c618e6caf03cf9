"""Addresses of justIN's own pages (the justIN contract, section 11). A person must log in there; justIN then shows the page."""

from urllib.parse import quote, urlencode, urljoin

from django.conf import settings


def show_campaign(campaign_id: int) -> str:
    return _page("show-campaign", campaign_id=campaign_id)


def show_workflow(workflow_id: int) -> str:
    return _page("show-workflow", workflow_id=workflow_id)


def show_stage(workflow_id: int, stage_id: int) -> str:
    return _page("show-stage", workflow_id=workflow_id, stage_id=stage_id)


def list_events(
    workflow_id: int,
    stage_id: int | None = None,
    event_type_name: str = "",
    code: int | None = None,
    site_name: str = "",
) -> str:
    """justIN's list of events with the same filters as the downloads, newest first."""
    return _page(
        "list-events", workflow_id=workflow_id, stage_id=stage_id, event_type_name=event_type_name,
        jobscript_exit=code, site_name=site_name,
    )  # fmt: skip


def show_job(jobsub_id: str) -> str:
    return _page("show-job", jobsub_id=jobsub_id)


def wrapper_log(jobsub_id: str) -> str:
    """The job's log; its address has a dot where the id has an @."""
    return urljoin(settings.JUSTIN_URL, "/wrapperlogs/" + quote(jobsub_id.replace("@", "."), safe="."))


def list_files(workflow_id: int, stage_id: int, state: str = "") -> str:
    return _page("list-files", workflow_id=workflow_id, stage_id=stage_id, state=state)


def show_file(workflow_id: int, stage_id: int, file_did: str) -> str:
    return _page("show-file", workflow_id=workflow_id, stage_id=stage_id, file_did=file_did)


def show_site(site_name: str) -> str:
    return _page("show-site", site_name=site_name)


def show_storage(rse_name: str) -> str:
    return _page("show-storage", rse_name=rse_name)


def _page(method: str, **parameters: object) -> str:
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    return f"{settings.JUSTIN_URL}?{urlencode({'method': method, **given})}"
