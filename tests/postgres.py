"""A PostgreSQL of the tests' own: made, started and removed by them, as the user `postgres` if the
tests are root's, since it refuses root.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
from processes import free_port

LIMIT = 120  # seconds for each of its commands; an idle machine needs two
USER, PASSWORD = "board", "only-of-tests"


class Cluster:
    """A database server on a port of this machine."""

    def __init__(self, programs, home):
        self._programs, self._home, self._data = programs, home, home / "data"
        self.port = free_port()
        (home / "password").write_text(PASSWORD, encoding="utf-8")
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256",
                  f"--pwfile={home / 'password'}", "--encoding=UTF8", "--no-sync")  # fmt: skip

    def start(self):
        """Start it, as it was."""
        options = f"-p {self.port} -k {self._home} -c listen_addresses=127.0.0.1"
        log = ["-l", self._home / "log"]
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", *log, "-o", options, "start")

    def stop(self, how="fast"):
        """Stop it; `immediate` is what a crash is like."""
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", "-m", how, "stop")

    def new_database(self):
        """Make an empty database; return its address."""
        name = f"board_{secrets.token_hex(6)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name):
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def _run(self, program, *arguments):
        done = subprocess.run(
            [self._programs / program, *arguments],
            user="postgres" if os.geteuid() == 0 else None,
            group="postgres" if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            cwd=self._home,
            # What it starts would hold a pipe open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT,
        )
        log = self._home / "log"
        said = log.read_text(encoding="utf-8")[-2000:] if log.is_file() else ""
        assert done.returncode == 0, f"{program} ended with {done.returncode}: {said}"


@contextlib.contextmanager
def cluster():
    """Give a server that runs; without PostgreSQL skip, or fail under SSPLAB_REQUIRE_POSTGRES=1."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="ssplab-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        made = Cluster(programs, home)
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")
    finally:
        shutil.rmtree(home)


def _programs():
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    if found:
        return Path(found).parent
    message = "No PostgreSQL is here. Install it (`apt-get install postgresql`) to run this test."
    if os.environ.get("SSPLAB_REQUIRE_POSTGRES") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
