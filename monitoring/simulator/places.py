"""Sites with their entries (CEs), storages and scopes of the simulated grid, and the distances between them."""

from dataclasses import dataclass

# Relative number of jobs that each site takes, and its number of entries. Disabled sites take none.
_SITES: tuple[tuple[str, float, int], ...] = (
    ("BR_CBPF", 0, 1), ("CA_Victoria", 2, 1), ("CERN", 8, 2), ("CH_UNIBE-LHEP", 1, 1), ("CZ_FZU", 4, 2),
    ("ES_CIEMAT", 2, 1), ("ES_PIC", 3, 2), ("FR_CCIN2P3", 6, 2), ("IN_TIFR", 1, 1), ("IT_CNAF", 2, 1),
    ("NL_NIKHEF", 4, 2), ("NL_SURFsara", 2, 1), ("RU_JINR", 0, 1), ("UK_Bristol", 2, 1), ("UK_Brunel", 5, 2),
    ("UK_Durham", 1, 1), ("UK_Edinburgh", 3, 1), ("UK_Imperial", 5, 2), ("UK_Lancaster", 5, 2),
    ("UK_Liverpool", 2, 1), ("UK_Manchester", 8, 2), ("UK_Oxford", 1, 1), ("UK_QMUL", 6, 2),
    ("UK_RAL-PPD", 3, 1), ("UK_RAL-Tier1", 9, 2), ("UK_Sheffield", 1, 1), ("US_BNL", 6, 2), ("US_Caltech", 1, 1),
    ("US_Colorado", 2, 1), ("US_Florida", 2, 1), ("US_FNAL-FermiGrid", 16, 3), ("US_FNAL-T1", 6, 1),
    ("US_Michigan", 1, 1), ("US_MIT", 2, 1), ("US_Nebraska", 3, 1), ("US_NotreDame", 2, 1),
    ("US_PuertoRico", 1, 1), ("US_SU-ITS", 2, 1), ("US_UChicago", 3, 1), ("US_UConn-HPC", 1, 1),
    ("US_UCSD", 3, 1), ("US_Wisconsin", 5, 2), ("US_WSU-GRID", 2, 1),
)  # fmt: skip

STORAGES: tuple[str, ...] = (
    "CERN_PDUNE_EOS", "DUNE_CA_SFU", "DUNE_CERN_EOS", "DUNE_ES_PIC", "DUNE_FR_CCIN2P3_DISK", "DUNE_IN_TIFR",
    "DUNE_IT_INFN_CNAF", "DUNE_UK_GLASGOW", "DUNE_UK_LANCASTER_CEPH", "DUNE_UK_MANCHESTER_CEPH",
    "DUNE_US_BNL_SDCC", "DUNE_US_FNAL_DISK_STAGE", "FNAL_DCACHE", "NIKHEF", "PRAGUE", "QUEENMARY", "RAL-PP",
    "RAL_ECHO", "SURFSARA", "T3_US_NERSC",
)  # fmt: skip

SCOPES: tuple[tuple[str, str], ...] = (
    ("fardet-hd", "/dune/production"),
    ("fardet-vd", "/dune/production"),
    ("hd-protodune", "/dune/production"),
    ("neardet-2x2", "/dune/production"),
    ("usertests", "/dune"),
    ("vd-protodune", "/dune/production"),
)

# The storage that stands at a site, where outputs of its jobs go (distance 0).
_STORAGE_AT = {
    "CERN": "DUNE_CERN_EOS", "CZ_FZU": "PRAGUE", "ES_PIC": "DUNE_ES_PIC", "FR_CCIN2P3": "DUNE_FR_CCIN2P3_DISK",
    "IN_TIFR": "DUNE_IN_TIFR", "IT_CNAF": "DUNE_IT_INFN_CNAF", "NL_NIKHEF": "NIKHEF", "NL_SURFsara": "SURFSARA",
    "UK_Lancaster": "DUNE_UK_LANCASTER_CEPH", "UK_Manchester": "DUNE_UK_MANCHESTER_CEPH",
    "UK_QMUL": "QUEENMARY", "UK_RAL-PPD": "RAL-PP", "UK_RAL-Tier1": "RAL_ECHO", "US_BNL": "DUNE_US_BNL_SDCC",
    "US_FNAL-FermiGrid": "FNAL_DCACHE", "US_FNAL-T1": "DUNE_US_FNAL_DISK_STAGE",
}  # fmt: skip
_STORAGE_OF_COUNTRY = {"CA": "DUNE_CA_SFU", "UK": "RAL_ECHO", "US": "DUNE_US_FNAL_DISK_STAGE", "ES": "DUNE_ES_PIC"}
_COUNTRY_OF_STORAGE = {
    "CERN_PDUNE_EOS": "CERN", "DUNE_CERN_EOS": "CERN", "FNAL_DCACHE": "US", "NIKHEF": "NL", "SURFSARA": "NL",
    "PRAGUE": "CZ", "QUEENMARY": "UK", "RAL-PP": "UK", "RAL_ECHO": "UK", "T3_US_NERSC": "US",
}  # fmt: skip
_NORTH_AMERICA = {"CA", "US"}
_FAR = {"BR", "IN", "RU"}


@dataclass(frozen=True)
class Site:
    """A computing site; `weight` is the share of jobs that it takes, relative to the others."""

    name: str
    enabled: bool
    weight: float
    entries: tuple[str, ...]


def _entries(site: str, number: int) -> tuple[str, ...]:
    stem = "DUNE_" + site.removesuffix("-FermiGrid")
    return tuple(f"{stem}_ce{i:02d}{'-multicore' if i > 1 else ''}" for i in range(1, number + 1))


SITES: tuple[Site, ...] = tuple(Site(name, weight > 0, weight, _entries(name, n)) for name, weight, n in _SITES)
SITE_BY_NAME = {site.name: site for site in SITES}


def storage_for_output(site: str) -> str:
    """The RSE where jobs at `site` put what they make."""
    home = _STORAGE_AT.get(site) or _STORAGE_OF_COUNTRY.get(site[:2])
    return home or ("DUNE_US_FNAL_DISK_STAGE" if site[:2] in _FAR else "DUNE_CERN_EOS")


def distance(site: str, rse: str) -> float:
    """From 0.0 (at the same site) to 1.0 (another continent), as sites_storages.csv has it."""
    if rse == "MONTECARLO" or _STORAGE_AT.get(site) == rse:
        return 0.0
    here = site if site == "CERN" else site[:2]
    there = _COUNTRY_OF_STORAGE.get(rse) or rse.split("_")[1]
    if here == there:
        return 0.2
    if {here, there} & _FAR:
        return 1.0
    return 0.3 if (here in _NORTH_AMERICA) == (there in _NORTH_AMERICA) else 1.0


def information_file(name: str) -> str | None:
    """The body of /api/info/NAME: no header line, no quotes; None where there is no such file."""
    if name == "sites.csv":
        rows = [f"{site.name},{site.enabled}" for site in SITES]
    elif name == "storages.csv":
        rows = [f"{rse},True,True" for rse in STORAGES]
    elif name == "scopes.csv":
        rows = [f"{scope},{group}" for scope, group in SCOPES]
    elif name == "sites_storages.csv":
        rows = [
            f"{site.name},{rse},{distance(site.name, rse):.2f},{site.enabled},True,True" for site in SITES for rse in STORAGES
        ]
    else:
        return None
    return "".join(row + "\n" for row in rows)
