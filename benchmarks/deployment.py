"""How much memory and processor what `deploy/` runs takes: for the table in deploy/README.md.

    python benchmarks/deployment.py first-table payroll-anomalies

prints, `--store` also writes `benchmarks/deployment.json` with the machine named. Memory is what
processes have for themselves (unique set size), in MiB: in containers of their own they share
nothing. A kernel's is its highest while it runs a chapter from top to bottom, looked at five times
a second; the seconds are of a processor. The practice web is that of a workshop into which twenty
have come and read a page; the board has its two processes that score, and no file yet; nginx, with
two workers, has sent each page of the built book once.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import psutil
from machine import machine

STORED = Path(__file__).with_suffix(".json")
ROOT = STORED.parents[1]
PACKAGES = ("jupyterlab", "jupyter-server", "ipykernel", "pandas", "uvicorn")
CHAPTERS = (
    "first-table",
    "groups-and-weights",
    "payroll-anomalies",
    "beyond-memory",
    "heat-islands",
)
VISITORS = 20
KIT = "payroll-anomalies"
PATIENCE = 300  # seconds for something to begin
LOOK = 0.2  # seconds between two looks at a kernel
TOKEN = "of-a-benchmark"


def memory(process: psutil.Process) -> float:
    """Return what a process and those that it started have for themselves, in MiB."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ends while it is asked has none
            total += one.memory_full_info().uss
    return total / 2**20


def seconds(process: psutil.Process) -> float:
    """Return what a process and those that it started have used of a processor."""
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


@contextlib.contextmanager
def running(command: Sequence[str], address: str, **environment: str) -> Iterator[psutil.Process]:
    """Start what serves, wait until its address answers, and end it."""
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while not _answers(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{' '.join(command)} does not answer at {address}")
                time.sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def ssplab(*words: str) -> list[str]:
    """Return the command that runs the course's."""
    return [sys.executable, "-m", "ssplab", *words]


def of_a_server(folder: Path, port: int) -> dict[str, float]:
    """Measure a trainee's server, whose page has been opened, before it has a kernel."""
    address = f"http://127.0.0.1:{port}"
    command = ssplab("serve-container", "--port", str(port), "--ServerApp.allow_root=True")
    given = {"JUPYTER_TOKEN": TOKEN, "SSPLAB_WORK": str(folder / "work"), "HOME": str(folder)}
    with running(command, f"{address}/api", **given) as process:
        signed = {"authorization": f"token {TOKEN}"}
        for place in ("lab", "api/contents/start.md", "lab/api/settings"):
            httpx.get(f"{address}/{place}", headers=signed, timeout=60).raise_for_status()
        return {"memory MiB": memory(process), "seconds": seconds(process)}


def of_a_kernel(stem: str) -> dict[str, float]:
    """Measure a kernel that runs a chapter from top to bottom."""
    from nbclient import NotebookClient

    from ssplab.course import find, normal

    path = find(stem)
    client = NotebookClient(normal.read(path), timeout=None, kernel_name="python3")
    highest, last, over = 0.0, 0.0, threading.Event()

    def watch(process: psutil.Process) -> None:
        nonlocal highest, last
        with contextlib.suppress(psutil.NoSuchProcess):
            while not over.wait(LOOK):
                highest, last = max(highest, memory(process)), seconds(process)

    with client.setup_kernel(cwd=str(path.parent)):
        process = psutil.Process(client.km.provisioner.process.pid)
        watcher = threading.Thread(target=watch, args=(process,))
        watcher.start()
        try:
            for number, cell in enumerate(client.nb.cells):
                client.execute_cell(cell, number)
        finally:
            over.set()
            watcher.join()
    return {"memory MiB": highest, "seconds": last}


def of_the_web(port: int) -> dict[str, float]:
    """Measure the practice web of a workshop, into which visitors have come."""
    address = f"http://127.0.0.1:{port}"
    with running(ssplab("web", "--workshop", "--port", str(port)), f"{address}/_health") as process:
        for number in range(VISITORS):
            with httpx.Client(base_url=address, timeout=60, follow_redirects=True) as client:
                client.post("/_join", data={"name": f"robot-{number}"}).raise_for_status()
                client.get("/_see/fleuve-emploi").raise_for_status()
        httpx.get(f"{address}/_board", timeout=60).raise_for_status()
        return {"memory MiB": memory(process), "seconds": seconds(process)}


def of_the_board(folder: Path, port: int) -> dict[str, float]:
    """Measure the board of a hackathon as it opens."""
    build = ssplab("kit", "build", KIT, "--out", str(folder / "kit"))
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    [archive] = (folder / "kit").glob("*-organiser.zip")
    url = f"sqlite:///{folder / 'board.db'}"
    closes = f"{time.gmtime().tm_year + 1}-01-31T16:00"
    create = ssplab("board", "create", str(archive), "--closes", closes, "--database", url)
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
    serve = ssplab("board", "serve", "--port", str(port), "--database", url)
    with running(serve, f"http://127.0.0.1:{port}/health") as process:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=60).raise_for_status()
        return {"memory MiB": memory(process), "seconds": seconds(process)}


def of_nginx(folder: Path, port: int) -> dict[str, float]:
    """Measure nginx by the shipped configuration, when each page has been asked for once."""
    shipped, html = ROOT / "deploy" / "book", ROOT / "_build" / "html"
    policy = subprocess.run(
        [sys.executable, shipped / "policy.py", html], check=True, capture_output=True, text=True
    ).stdout
    (folder / "policy.conf").write_text(policy, encoding="utf-8")
    (folder / "html").symlink_to(html)
    text = (shipped / "nginx.conf").read_text(encoding="utf-8").replace("/tmp/", f"{folder}/")
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
    text = text.replace("worker_processes auto", "worker_processes 2")
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    # Workers of root's nginx would be a user's who may not enter this folder.
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", "nginx.conf"]
    command += ["-g", "user root;"] if os.geteuid() == 0 else []
    address = f"http://127.0.0.1:{port}"
    with running(command, f"{address}/health") as process:
        with httpx.Client(base_url=address, headers={"accept-encoding": "gzip"}) as client:
            for page in html.rglob("*.html"):
                client.get(f"/{page.relative_to(html).as_posix()}").raise_for_status()
        return {"memory MiB": memory(process), "seconds": seconds(process)}


def main() -> None:
    """Measure, print, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", default=CHAPTERS, help="stems of chapters")
    parser.add_argument("--port", type=int, default=8971, help="the first of four that are free")
    parser.add_argument("--kernels-only", action="store_true", help="nothing that serves")
    parser.add_argument("--store", action="store_true", help=f"write {STORED.name}")
    given = parser.parse_args()
    found: dict[str, object] = {"kernels": {stem: of_a_kernel(stem) for stem in given.chapters}}
    if not given.kernels_only:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            found["server"] = of_a_server(folder, given.port)
            found["practice web"] = of_the_web(given.port + 1) | {"visitors": VISITORS}
            found["board"] = of_the_board(folder, given.port + 2)
            found["nginx"] = of_nginx(folder, given.port + 3)
    found = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 1))
    found["machine"] = machine(PACKAGES)
    text = json.dumps(found, indent=1) + "\n"
    print(text, end="")
    if given.store:
        STORED.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
