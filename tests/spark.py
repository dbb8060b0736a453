"""Spark in tests: asked for, hidden, and a Spark Connect server of their own."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from processes import free_port, started, wait_until

from ssplab.data import why_no_spark

LIMIT = 600  # seconds that a server may live; it starts in ten on an idle machine
REQUIRE, REMOTE = "SSPLAB_REQUIRE_SPARK", "SPARK_REMOTE"


def require_spark():
    """Skip where Spark is missing, or fail under `SSPLAB_REQUIRE_SPARK=1`."""
    missing = why_no_spark()
    if missing:
        message = f"Spark is not here: {missing}"
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


def hide_spark(monkeypatch, folder):
    """Let this process, and those that it starts, find no Java, where one may be missing."""
    for name in (REQUIRE, REMOTE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JAVA_HOME", str(folder))


@contextlib.contextmanager
def connect_server(folder):
    """Start a Spark Connect server on this machine; give its address, and end it.

    Parameters
    ----------
    folder : Path
        Where it works and writes what it says.
    """
    import pyspark

    port, log = free_port(), folder / "server.log"
    options = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
    }
    command = [
        str(Path(pyspark.__file__).with_name("bin") / "spark-submit"),
        *("--master", "local[2]"),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        *(word for option in options.items() for word in ("--conf", "=".join(option))),
        "spark-internal",
    ]
    environment = {name: value for name, value in os.environ.items() if name != REMOTE}
    with (
        log.open("w") as said,
        started(
            command, limit=LIMIT, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT
        ) as process,
    ):
        wait_until(
            lambda: "Spark Connect server started" in log.read_text(), process, limit=LIMIT / 2
        )
        yield f"sc://127.0.0.1:{port}"
