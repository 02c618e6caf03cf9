"""What requests may choose from at first: detectors, working groups, official repositories. Administrators keep the lists."""

from django.db import migrations

DETECTORS = [
    "ProtoDUNE-HD", "ProtoDUNE-VD", "ProtoDUNE-SP", "ProtoDUNE-DP",
    "Far Detector HD", "Far Detector VD", "ND-LAr", "ND-LAr 2x2", "ND SAND", "ND TMS",
]
GROUPS = [
    "Atmospheric and exotics", "Beyond the Standard Model", "Calibration", "Far detector simulation and reconstruction",
    "Long-baseline oscillations", "Low energy and supernova", "Near detector simulation and reconstruction",
    "Photon detection simulation", "ProtoDUNE analysis", "VD reconstruction",
]
REPOSITORIES = {
    "DUNE/dunesw": "dunesw",
    "DUNE/dunereco": "dunereco",
    "DUNE/dunesim": "dunesim",
    "DUNE/duneana": "duneana",
    "DUNE/dunecore": "dunecore",
    "DUNE/protoduneana": "protoduneana",
    "DUNE/2x2_sim": "2x2_sim",
    "DUNE/ND_Production": "ND_Production",
    "DUNE/larnd-sim": "larnd-sim",
    "DUNE/ndlar_flow": "ndlar_flow",
    "DUNE/dune-tms": "dune-tms",
    "DUNE/sandreco": "sandreco",
}


def fill(apps, schema_editor):
    for name in DETECTORS:
        apps.get_model("campaigns", "Detector").objects.get_or_create(name=name)
    for name in GROUPS:
        apps.get_model("campaigns", "WorkingGroup").objects.get_or_create(name=name)
    for name, package in REPOSITORIES.items():
        apps.get_model("campaigns", "OfficialRepository").objects.get_or_create(name=name, defaults={"package": package})


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_request_saves")]
    # taking it back leaves the rows: requests may point at them
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
