"""What tests of the deployment need: programs, asked for by name, and the book's server."""

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import free_port, started, wait_until

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


@contextlib.contextmanager
def nginx(folder: Path, user: str | None = None) -> Iterator[str]:
    """Serve a folder by the shipped configuration; give its address, and end the server.

    Only what a test must is another: port, places of temporary files, and its processes' user if
    that would be root.

    Parameters
    ----------
    folder : Path
        With `html/` and `policy.conf`.
    user : str, optional
        Who starts it; who runs the tests by default.
    """
    port, own = free_port(), folder / "own"
    own.mkdir()
    text = (DEPLOY / "book" / "nginx.conf").read_text(encoding="utf-8")
    assert text.count("listen 8080;") == 1
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/tmp/", f"{own}/")
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command = [str(program("nginx")), "-e", "stderr", "-p", str(folder), "-c", "nginx.conf"]
    command += ["-g", "user root;"] if os.geteuid() == 0 and user is None else []
    (own / "said").touch()
    if user:  # as a container's user has what it writes to
        shutil.chown(own, user)
        shutil.chown(own / "said", user)
    with (
        (own / "said").open("w") as said,
        started(command, stdout=said, stderr=subprocess.STDOUT, user=user) as process,
    ):
        try:
            wait_until(lambda: _answers(port) or process.poll() is not None, limit=60)
            assert process.poll() is None, (own / "said").read_text(encoding="utf-8")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()  # its workers end with it, which they do not if it is killed
            process.wait(60)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
