"""Spark for a notebook: on this machine, or a cluster's, reached by Spark Connect.

Spark is an extra (`requirements-spark.txt`, and Java): `why_no_spark` is the one place that says
whether it is here, and `spark_session` the one that starts it.

pyspark 4.3 warns that it does not fully support pandas 3, and its pandas API (`pyspark.pandas`)
cannot be imported beside it. What is converted through Arrow does not pass through that code:
`spark.sql(query).toArrow().to_pandas()` gives pandas' own types without a warning, where
`toPandas()` warns.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from ssplab.system import SsplabError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REMOTE = "SPARK_REMOTE"
"""The environment variable by which pyspark, too, finds a Spark Connect server."""
PORT = 15002  # of a Spark Connect server whose address names none
LOCK = "requirements-spark.txt"
JAVA_WANTED = 17  # the oldest that Spark 4 runs on
PATIENCE = 20  # seconds that Java or a server may take to answer
SAID = 600  # characters of what Java said when it did not start
LOCAL = "127.0.0.1"
# Results and plans are the same on every machine, and small tables are not cut in 200 pieces.
RUNTIME = {"spark.sql.shuffle.partitions": "8", "spark.sql.session.timeZone": "UTC"}


def why_no_spark() -> str | None:
    """Return in a sentence why there is no Spark here and what to do, or None where there is.

    On this machine Spark needs the package pyspark and Java; where `SPARK_REMOTE` names a Spark
    Connect server, the package alone. Whether that server answers is not asked.
    """
    if importlib.util.find_spec("pyspark") is None:
        return (
            "the package pyspark is not installed here. In the course's folder: "
            f"`python -m pip install --require-hashes -r {LOCK}`."
        )
    return None if os.environ.get(REMOTE) else _why_no_java()


def spark_session() -> SparkSession:
    """Return a Spark session: that which runs, or a new one.

    On this machine it has two threads, listens on loopback only, and has no web interface; tables
    that are saved go to a temporary folder, and nothing is written into the working directory. The
    time zone is UTC, and a shuffle has eight partitions. Where the environment variable
    `SPARK_REMOTE` holds the address of a Spark Connect server (`sc://host:port`), the session is a
    client of that server, and the same code runs there.

    The session ends with the process, or with `stop()`.

    Raises
    ------
    SsplabError
        If pyspark or Java is missing or does not start, if `SPARK_REMOTE` is no such address, or if
        nothing answers there. The message says what to do.
    """
    missing = why_no_spark()
    if missing:
        raise SsplabError(f"Spark is not here: {missing}")
    remote = os.environ.get(REMOTE)
    with warnings.catch_warnings(), tempfile.TemporaryFile() as log:
        # Said at every start; what does pass through pandas says it again.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        try:
            session = _client(remote) if remote else _local(log)
        except SsplabError:
            raise
        except Exception as error:  # of pyspark, py4j or gRPC
            raise SsplabError(f"Spark did not start: {_told(error, log)}") from error
    for name, value in RUNTIME.items():
        session.conf.set(name, value)
    # Else a wrong query shows a page of JSON beside its exception.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return session


def _local(log: BinaryIO) -> SparkSession:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable  # of the processes that run Python functions
    os.environ.setdefault("SPARK_LOCAL_IP", LOCAL)
    # Made when a table is saved; the number keeps two notebooks apart.
    warehouse = Path(tempfile.gettempdir(), f"ssplab-spark-{os.getpid()}")
    atexit.register(shutil.rmtree, warehouse, ignore_errors=True)
    options = {
        "spark.driver.host": LOCAL,
        "spark.driver.bindAddress": LOCAL,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.catalogImplementation": "in-memory",  # no metastore_db, no derby.log
        "spark.sql.warehouse.dir": str(warehouse),
        **RUNTIME,
    }
    builder = SparkSession.builder.appName("ssplab").master("local[2]").config(map=options)
    with _output_to(log):
        return builder.getOrCreate()


def _client(address: str) -> SparkSession:
    from pyspark.sql import SparkSession

    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:  # a port that is no number
        host = None
    if host is None or parts.scheme != "sc":
        raise SsplabError(
            f"{REMOTE} is {address!r}, which is no address of a Spark Connect server: it looks "
            f"like sc://host:{PORT}."
        )
    try:  # pyspark would try for ten minutes
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        raise SsplabError(
            f"No Spark Connect server answers at {host}:{port} ({error.strerror or error}), the "
            f"address in {REMOTE}. Ask whoever runs it, or unset the variable to use Spark on "
            "this machine."
        ) from error
    return SparkSession.builder.remote(address).getOrCreate()


@contextlib.contextmanager
def _output_to(log: BinaryIO) -> Iterator[None]:
    """Let the processes that are started in the block write to a file, not below a cell.

    Java says things that no setting of Spark's silences, of modules and of the machine's name.
    """
    kept = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in kept:
            os.dup2(log.fileno(), number)
        yield
    finally:
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)


def _told(error: Exception, log: BinaryIO) -> str:
    log.seek(0)
    said = log.read().decode("utf-8", errors="replace").strip()[-SAID:]
    return "\n".join(filter(None, [str(error).strip(), said]))


def _why_no_java() -> str | None:
    home = os.environ.get("JAVA_HOME")  # which Spark, too, looks at first
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    version = _java_version(java) if java else None
    if version is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        return (
            f"Java is not {where}. On Debian: `sudo apt-get install default-jre-headless`; "
            f"elsewhere, Java {JAVA_WANTED} or newer."
        )
    if version < JAVA_WANTED:
        return f"Spark needs Java {JAVA_WANTED} or newer, and {java} is Java {version}."
    return None


@cache
def _java_version(java: str) -> int | None:
    """Return the version of a Java, such as 17; None where the program is none."""
    try:  # macOS has a program of this name that only says that there is no Java
        done = subprocess.run(
            [java, "-version"], capture_output=True, encoding="utf-8", timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found[1]) if found and done.returncode == 0 else None
