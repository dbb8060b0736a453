"""What the seconds of a benchmark depend on; each script stores it beside them."""

import json
import multiprocessing
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path


def machine(packages: Iterable[str]) -> dict[str, object]:
    """Return processor and system, the number of processors, and versions of Python and packages.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If one of the packages is not installed.
    """
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": multiprocessing.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def tell(found: dict[str, object], packages: Iterable[str], path: Path | None = None) -> None:
    """Print what a benchmark found, with the machine; write it to a file too, if one is named.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If one of the packages is not installed.
    """
    text = json.dumps(found | {"machine": machine(packages)}, indent=1, ensure_ascii=False)
    print(text)
    if path:
        path.write_text(text + "\n", encoding="utf-8")
