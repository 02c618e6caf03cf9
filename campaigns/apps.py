"""The second floor as a Django app."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

# They connect what they listen to, in this order: reports of the plan and checks, then facts of the steps, which see both, then
# what the log tells of all
LISTENERS = ("campaigns.plan_listening", "campaigns.shift.listening", "campaigns.steps.listening", "campaigns.log.listening")


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        for listener in LISTENERS:
            import_module(listener)
        post_migrate.connect(_keep_template, sender=self)


def _keep_template(apps: Apps = apps, **_how: Any) -> None:
    """The version of the steps that this release brings is kept from its first migration on."""
    from campaigns.steps.process import give_templates

    try:
        apps.get_model("campaigns", "ProcessTemplate")
    except LookupError:  # migrated back to before there were steps
        return
    give_templates()
