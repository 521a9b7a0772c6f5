"""What measured figures depend on, recorded in the same way by every benchmark."""

import os
import platform
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version


def environment(packages: Iterable[str]) -> dict:
    """Return date, machine and versions.

    Parameters
    ----------
    packages : iterable of str
        Names of the packages that matter; one that is not installed gets None.
    """
    versions = {}
    for name in packages:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        # Windows has no load average.
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "packages": versions,
    }
