"""manage.py load_demo: the demonstration's users, campaigns and requests, and how far they have come. Safe to run again: what
is there stays. Run it before the first poll and once more after it: what people did about workflows can only be told of
workflows that were read.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from campaigns.demo.log import load_log
from campaigns.demo.meetings import load_meetings
from campaigns.demo.requests import load_requests
from campaigns.demo.shift import load_shift
from campaigns.demo.steps import load_steps, people, prepare_steps
from campaigns.models import Campaign
from campaigns.services import appoint_shifter, watch_justin_campaign
from campaigns.watching import campaign_named
from portal.models import User
from portal.roles import Role, set_roles

PASSWORD = settings.DEMO_PASSWORD
USERS = {
    "shifter1": [Role.SHIFTERS],
    "shifter2": [Role.SHIFTERS],
    "requester1": [Role.REQUESTERS],
    "production1": [Role.PRODUCTION],
    "datamanager1": [Role.DATA_MANAGEMENT],
    "coordinator1": [Role.COORDINATORS],
    "administrator1": [Role.ADMINISTRATORS],
}
CAMPAIGNS = {
    "vd-mc-2026a": (318, "Monte Carlo for ProtoDUNE-VD, single particles", "shifter2"),
    "lbl2-reco-2026": (402, "Reconstruction of the LBL2 sample, 20,784 files in slices", "shifter1"),
    "pdhd-reco-2026b": (403, "Reconstruction of ProtoDUNE-HD beam runs for the PDHD analysis group", "shifter1"),
    "fdhd-keepup-2026": (377, "Far-detector keep-up processing in very large workflows", "shifter2"),
    "pdhd-cosmics-2026": (437, "Reconstruction of ProtoDUNE-HD cosmic runs for calibration", "shifter1"),
}


class Command(BaseCommand):
    help = "Make the demonstration's users (named after their roles), campaigns and requests. Only with DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is no demonstration. Set DEMO=1 where everybody may know the passwords.")
        for name, roles in USERS.items():
            user, is_new = User.objects.get_or_create(username=name)
            if is_new:
                user.is_staff = user.is_superuser = Role.ADMINISTRATORS in roles
                user.set_password(PASSWORD)
                user.save()
                set_roles(user, roles)
        for name, (justin_id, purpose, shifter) in CAMPAIGNS.items():
            campaign, is_new = campaign_named(name)
            if is_new:
                Campaign.objects.filter(pk=campaign.pk).update(purpose=purpose)
                watch_justin_campaign(campaign, justin_id, actor=None)
                appoint_shifter(campaign, User.objects.get(username=shifter), actor=None)
        load_requests(User.objects.get(username="requester1"), User.objects.get(username="coordinator1"))
        casts = {name: people(shifter) for name, (_id, _purpose, shifter) in CAMPAIGNS.items()}
        load_meetings(casts.__getitem__)
        prepare_steps(casts.__getitem__)
        for line in load_steps(casts.__getitem__):
            self.stdout.write(f"Not told: steps of {line}")
        load_log(casts.__getitem__)
        for line in load_shift(casts.__getitem__):
            self.stdout.write(f"Not told: the shift of {line}")
        self.stdout.write(f"Demonstration log-ins, all with the password {PASSWORD}:")
        for name, roles in USERS.items():
            self.stdout.write(f"  {name:<16}{', '.join(role.label for role in roles)}")
