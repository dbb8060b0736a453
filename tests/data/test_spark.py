"""A Spark session: on this machine, on a Spark Connect server, and why there is none.

Sessions are started by a process of their own, as a kernel is one: Java says things to the terminal
that started it, and writes where it works.
"""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from processes import free_port
from spark import REMOTE, connect_server, hide_spark, require_spark

import ssplab
from ssplab.course import course_root
from ssplab.data import spark, why_no_spark
from ssplab.system import SsplabError

LIMIT = 600  # seconds; an idle machine needs twenty, one that runs all tests some hundred
TABLE = course_root() / "datasets/payroll/declarations.parquet"
QUERY = f"""
import json, sys

import ssplab

spark = ssplab.spark_session()
table = spark.read.parquet({str(TABLE)!r})
table.createOrReplaceTempView("declarations")
months = spark.sql(
    "SELECT month, count(*) AS number, sum(gross) AS gross FROM declarations "
    "GROUP BY month ORDER BY month"
).toArrow().to_pandas()
"""
LISTENING = """
import psutil

processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
addresses = {
    connection.laddr.ip.removeprefix("::ffff:")
    for process in processes
    for connection in process.net_connections()
    if connection.status == psutil.CONN_LISTEN
}
programs = sorted({process.name() for process in processes})
"""
SAY = "\nprint(json.dumps([type(spark).__module__, months.to_dict('list'){more}]))\n"


def said(folder, code, **variables):
    """Run code in an empty folder; return what it printed, if it did nothing else there."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != REMOTE}
    warnings = ["-W", "error", "-W", "ignore::ResourceWarning"]  # pyspark leaves a pipe open
    done = subprocess.run(
        [sys.executable, *warnings, "-c", code],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(folder.iterdir()) == []
    return done.stdout


def by_pandas():
    """Return the months of the table, with the number of rows and the gross pay of each."""
    declarations = ssplab.load("payroll")
    return declarations.groupby("month")["gross"].agg(["size", "sum"])


def check_months(months):
    expected = by_pandas()
    assert months["month"] == list(expected.index)
    assert months["number"] == list(expected["size"])
    assert months["gross"] == pytest.approx(list(expected["sum"]), rel=1e-12)


# --- where it is


SAVE = """
spark.range(3).write.saveAsTable("three")
place = spark.conf.get("spark.sql.warehouse.dir")
saved = [spark.table("three").count(), ssplab.spark_session() is spark, place]
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """What a session on this machine says, and the folder for what is temporary, once it ended."""
    require_spark()
    folder = tmp_path_factory.mktemp("local")
    temporary = folder / "temporary"
    temporary.mkdir()
    code = QUERY + SAVE + LISTENING + SAY.format(more=", sorted(addresses), programs, saved")
    return json.loads(said(folder / "here", code, TMPDIR=str(temporary))), temporary


@pytest.mark.slow  # starts Java
def test_a_local_session_counts_says_nothing_and_is_heard_by_this_machine_alone(here):
    (module, months, addresses, programs, _), _ = here
    assert module == "pyspark.sql.session"
    check_months(months)
    assert addresses == ["127.0.0.1"]
    assert "java" in programs


@pytest.mark.slow  # starts Java
def test_a_table_that_is_saved_is_gone_with_the_session(here):
    (*_, (count, is_same, place)), temporary = here
    assert (count, is_same) == (3, True)
    assert str(temporary) in place
    assert not [path for path in temporary.iterdir() if path.name.startswith("ssplab-spark-")]


@pytest.mark.slow  # starts Java
def test_the_same_query_runs_on_a_spark_connect_server(tmp_path):
    require_spark()
    with connect_server(tmp_path) as address:
        printed = said(tmp_path / "here", QUERY + SAY.format(more=""), SPARK_REMOTE=address)
    module, months = json.loads(printed)
    assert module == "pyspark.sql.connect.session"
    check_months(months)


def test_pandera_is_loaded_without_a_word_where_pyspark_is(tmp_path):
    require_package()
    said(tmp_path / "here", "import ssplab\nimport pandera.pandas")


# --- where it is not


def test_without_pyspark_the_message_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(SsplabError, match=r"pyspark is not installed .* requirements-spark\.txt"):
        ssplab.spark_session()
    assert (course_root() / "requirements-spark.txt").is_file()


@pytest.fixture
def package(monkeypatch):
    """Let pyspark be installed, which is not loaded, and nothing be said from outside."""
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: SimpleNamespace(name=name))
    for name in ("JAVA_HOME", REMOTE):
        monkeypatch.delenv(name, raising=False)


def test_without_java_the_message_says_what_installs_it(package, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    told = r"Java is not on the PATH.*install default-jre-headless.*Java 17 or newer"
    with pytest.raises(SsplabError, match=told):
        ssplab.spark_session()


def test_where_java_home_has_no_java_that_is_said(package, tmp_path, monkeypatch):
    hide_spark(monkeypatch, tmp_path)
    assert why_no_spark().startswith(f"Java is not in JAVA_HOME ({tmp_path}).")


@pytest.mark.skipif(os.name != "posix", reason="a program is a script")
@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 'java version \"1.8.0_292\"' >&2", "needs Java 17 or newer, and .* is Java 8"),
        ("echo 'openjdk version \"17.0.2\" 2022-01-18' >&2", None),
        ("echo 'openjdk version \"25\" 2025-09-16' >&2", None),
        ("echo 'Unable to locate a Java Runtime.' >&2; exit 1", "Java is not on the PATH"),
    ],
)
def test_java_must_be_one_and_new_enough(package, tmp_path, monkeypatch, script, told):
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if told is None:
        assert why_no_spark() is None
    else:
        with pytest.raises(SsplabError, match=told):
            ssplab.spark_session()


def test_with_a_server_java_is_not_asked_for(package, tmp_path, monkeypatch):
    hide_spark(monkeypatch, tmp_path)
    monkeypatch.setenv(REMOTE, "sc://127.0.0.1")
    assert why_no_spark() is None


@pytest.mark.parametrize("address", ["local[2]", "spark://127.0.0.1:7077", "sc://host:port", "sc:"])
def test_what_is_no_address_of_a_server_is_refused(monkeypatch, address):
    require_package()
    monkeypatch.setenv(REMOTE, address)
    with pytest.raises(SsplabError, match=r"which is no address .* sc://host:15002"):
        ssplab.spark_session()


def test_a_server_that_does_not_answer_is_told_at_once(monkeypatch):
    require_package()
    port = free_port()
    monkeypatch.setenv(REMOTE, f"sc://127.0.0.1:{port}")
    with pytest.raises(SsplabError, match=f"No Spark Connect server answers at 127.0.0.1:{port}"):
        ssplab.spark_session()


def require_package():
    pytest.importorskip("pyspark.version")


@pytest.mark.skipif(os.name != "posix", reason="a program is a script")
@pytest.mark.slow  # starts what Java would be
def test_what_java_says_as_it_fails_is_told(tmp_path):
    require_package()
    program = tmp_path / "bin/java"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in -version) echo \'openjdk version "17.0.2"\' >&2;; '
        "*) echo 'no memory for a heap' >&2; exit 1;; esac\n"
    )
    program.chmod(0o755)
    code = (
        "import ssplab\n"
        "try:\n    ssplab.spark_session()\n"
        "except ssplab.system.SsplabError as error:\n    print(error)"
    )
    told = said(tmp_path / "here", code, JAVA_HOME=str(tmp_path))
    assert told.startswith("Spark did not start: ")
    assert "no memory for a heap" in told
