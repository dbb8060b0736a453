"""`ssplab lab` ends when it is told to, and its kernels with it."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress

import httpx
import pytest
from processes import LIMIT, alive, free_port, kernels_of, started, wait_for_text, wait_until

from ssplab.learner.server import serve_on_hub
from ssplab.learner.supervisor import supervise
from ssplab.system.errors import SsplabError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

SERVER = """
import os, signal, subprocess, sys, threading
from pathlib import Path

folder, behaviour = Path(sys.argv[1]), sys.argv[2]
if behaviour == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

def child(**variables):
    return subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(300)"],
        env=os.environ | variables, stderr=subprocess.DEVNULL, start_new_session=True,
    ).pid

kernel, terminal = child(JPY_PARENT_PID=str(os.getpid())), child()
unfinished = folder / "unfinished"
unfinished.write_text(f"{os.getpid()} {kernel} {terminal}")
unfinished.rename(folder / "pids")
if behaviour == "deaf":
    threading.Event().wait()
sys.stdin.read()
"""
"""A server with a kernel and a terminal that it does not end. Deaf, it does not end itself."""

SUPERVISOR = """
import sys
from ssplab.learner.supervisor import supervise
sys.exit(supervise([sys.executable, *sys.argv[2:]], grace=float(sys.argv[1])))
"""


@pytest.fixture
def supervised(tmp_path):
    """Start a supervisor of a small server; return it, and what the server started."""
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    terminals = []

    def start(behaviour, grace, **options):
        server = [str(tmp_path / "server.py"), str(tmp_path), behaviour]
        process = processes.enter_context(
            started(
                [sys.executable, "-c", SUPERVISOR, str(grace), *server],
                stderr=subprocess.PIPE,
                text=True,
                **options,
            )
        )
        pids = [int(pid) for pid in wait_for_text(tmp_path / "pids", process).split()]
        terminals.append(pids[2])
        return process, *pids

    with ExitStack() as processes:
        yield start
    for terminal in terminals:
        os.kill(terminal, signal.SIGKILL)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_server_and_the_kernels_that_it_leaves(supervised, name):
    process, server, kernel, terminal = supervised("obedient", grace=60)
    process.send_signal(signal.Signals[name])
    _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert not alive(server)
    assert not alive(kernel)
    assert alive(terminal)
    assert said == ""


def test_a_server_that_does_not_end_is_killed_with_its_kernels(supervised):
    process, server, kernel, terminal = supervised("deaf", grace=0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert not alive(server)
    assert not alive(kernel)
    assert alive(terminal)
    assert "it was killed, with its kernels" in said


def test_a_second_interrupt_does_not_wait(supervised):
    process, server, kernel, _ = supervised("deaf", grace=3600)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)  # does not hurry: a closing terminal may say it many times
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert not alive(server)
    assert not alive(kernel)


def test_a_signal_that_the_shell_ignores_is_ignored(supervised, tmp_path):
    process, *_ = supervised("obedient", grace=60, preexec_fn=ignore_interrupts)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0


def ignore_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_the_exit_code_of_a_server_that_ends_by_itself_is_handed_on():
    assert supervise([sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_a_server_that_somebody_kills_is_told_of():
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(SsplabError, match="JupyterLab was killed \\(SIGKILL\\)"):
        supervise([sys.executable, "-c", killed])


def test_handlers_of_signals_are_as_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    supervise([sys.executable, "-c", ""])
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


# --- the server itself

UNANSWERED = """
import threading
from jupyterlab.labapp import LabApp
from ssplab import book
from ssplab.learner import server

def launch_instance(arguments):
    threading.Thread(target=threading.Event().wait).start()

LabApp.launch_instance = launch_instance
book.write_data_pages = lambda: None
server.serve(8888, browser=False)
"""


def test_the_server_does_not_wait_for_the_thread_of_an_unanswered_request():
    with started([sys.executable, "-c", UNANSWERED], stdin=subprocess.PIPE) as process:
        assert process.wait() == 0


def test_a_server_of_a_hub_is_for_a_hub_to_start(monkeypatch):
    monkeypatch.delenv("JUPYTERHUB_SERVICE_URL", raising=False)
    with pytest.raises(SsplabError, match="No JupyterHub has started this"):
        serve_on_hub()


def test_a_server_of_a_hub_loads_nothing_that_only_kernels_need():
    """Each trainee has one, all day: what it loads, a server of many has many times."""
    code = (
        "import sys, ssplab.learner.server, ssplab.learner.contents\n"
        "from ssplab.learner.start_page import start_page\n"
        "start_page()\n"
        "print(*{'pandas', 'numpy', 'matplotlib', 'pyarrow'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


@pytest.fixture
def lab(tmp_path):
    """JupyterLab with two kernels, busy with requests: its process and those of the kernels."""
    port = free_port()
    own = {name: text for name, text in os.environ.items() if "JUPYTER" not in name}
    environment = own | {
        "HOME": str(tmp_path),
        "SSPLAB_WORK": str(tmp_path / "work"),
        "JUPYTER_TOKEN": "token",
    }
    command = [sys.executable, "-m", "ssplab", "lab", "--port", str(port), "--no-browser"]
    address = {"base_url": f"http://127.0.0.1:{port}", "params": {"token": "token"}}
    with (
        (tmp_path / "said").open("w") as said,
        httpx.Client(**address, timeout=60) as client,
        started(command, env=environment, stdin=subprocess.DEVNULL, stderr=said) as process,
    ):
        wait_until(lambda: answers(client), process)
        for _ in range(2):
            client.post("/api/kernels", json={}).raise_for_status()
        threads = [threading.Thread(target=ask_on, args=(address,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        kernels = kernels_of(process.pid)
        assert len(kernels) == 2
        yield process, kernels
    for thread in threads:
        thread.join()


def answers(client):
    with suppress(httpx.TransportError):
        return client.get("/api/status").is_success


def ask_on(address):
    """Ask JupyterLab for the list of files, again and again, until it is gone."""
    with httpx.Client(**address) as client, suppress(httpx.TransportError):
        while True:
            client.get("/api/contents")


@pytest.mark.slow
@pytest.mark.parametrize("names", [["SIGINT"], ["SIGTERM"], ["SIGHUP"], ["SIGINT", "SIGINT"]])
def test_a_signal_ends_jupyterlab_and_its_kernels(lab, names):
    process, kernels = lab
    for name in names:
        process.send_signal(signal.Signals[name])
    assert process.wait() == 0
    assert not any(map(alive, kernels))


def test_jupyterlab_ends_when_its_supervisor_is_killed(lab):
    process, kernels = lab
    process.kill()
    process.wait()
    wait_until(lambda: not any(map(alive, kernels)))
