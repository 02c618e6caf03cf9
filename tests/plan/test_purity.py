"""The arithmetic of a plan can be called by anything: it brings neither Django nor another part of the portal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import campaigns.plan

MODULES = sorted(path.stem for path in Path(campaigns.plan.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_the_package_imports_nothing_but_itself_and_pythons_library() -> None:
    code = "import sys\n" + "".join(f"import campaigns.plan.{name}\n" for name in MODULES)
    code += "print(*sorted({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__'}))\n"
    code += "print(*sorted(name for name in sys.modules if name.startswith('campaigns.') and '.plan' not in name))\n"
    # -S: without site-packages, so that no hook of an installed package is imported at the start
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.splitlines() == ["campaigns", ""]
