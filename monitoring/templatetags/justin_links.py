"""Addresses of justIN's own pages, and its long names made short, for templates."""

from django import template

from monitoring.justin import links

register = template.Library()
for link in (
    links.show_campaign,
    links.show_workflow,
    links.show_stage,
    links.list_events,
    links.show_job,
    links.wrapper_log,
    links.list_files,
    links.show_file,
    links.show_site,
    links.show_storage,
):
    register.simple_tag(link)


@register.filter
def short_job(jobsub_id: str) -> str:
    """A job's id without the domain of its scheduler: "48121885.26@dunegpschedd02"."""
    number, _at, host = jobsub_id.partition("@")
    return f"{number}@{host.partition('.')[0]}" if host else number


@register.filter
def short_did(file_did: str) -> str:
    """A file's name without its scope, or the last part of an address."""
    return file_did.rsplit("/", 1)[-1] if "://" in file_did else file_did.partition(":")[2] or file_did
