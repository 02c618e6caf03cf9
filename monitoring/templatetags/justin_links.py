"""Addresses of justIN's own pages, for templates."""

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
