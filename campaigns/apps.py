"""The second floor as a Django app."""

from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        import campaigns.log.listening
        import campaigns.shift.listening
        import campaigns.steps.listening  # noqa: F401  they connect what they listen to

        post_migrate.connect(_keep_template, sender=self)


def _keep_template(apps: Apps = apps, **_how: Any) -> None:
    """The version of the steps that this release brings is kept from its first migration on."""
    from campaigns.steps.process import give_templates

    try:
        apps.get_model("campaigns", "ProcessTemplate")
    except LookupError:  # migrated back to before there were steps
        return
    give_templates()
