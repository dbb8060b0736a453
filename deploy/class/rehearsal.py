"""A class on this machine's loopback, with trainees who do what a browser does.

For the test of `deploy/class/` and for `benchmarks/class.py`, by which an office measures how many
trainees its own server bears. It is root's, since each trainee is a system user; nothing is left.
"""

import contextlib
import html
import json
import os
import queue
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import accounts
import httpx
import nbformat
import psutil
import websocket

from ssplab.course import course_root
from ssplab.system import SsplabError, processes

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
PREFIX = "ssplab-class"  # of the accounts; then the number of the process that made them
NOBODY = 65534  # the user and the group who own nothing
LIMIT = 300  # seconds that one thing may take; an idle machine needs a tenth of it
LONGEST = 1500  # seconds, after which the hub ends whatever becomes of who started it
UNREADABLE = "Trainees cannot run"
ENDS_IN = 60  # seconds for the hub to end its proxy and the servers


@dataclass
class Class:
    """A hub that runs, and its trainees, who have not come in yet."""

    url: str
    process: subprocess.Popen
    folder: Path
    group: str
    trainees: list["Trainee"] = field(default_factory=list)

    @property
    def log(self) -> str:
        """What the hub has said."""
        return (self.folder / "hub/log").read_text(encoding="utf-8", errors="replace")


def obstacle() -> str:
    """Return what this machine lacks for a class, and what to do; nothing if it lacks nothing."""
    if os.name != "posix" or os.geteuid() != 0:
        return "A class needs a system user for each trainee, and only root makes users."
    for program in ("useradd", "userdel", "groupadd", "chpasswd", "timeout"):
        if not shutil.which(program):
            return f"A class needs a system user for each trainee: there is no {program} here."
    if not proxy():
        return "No configurable-http-proxy: `npm ci` in deploy/ installs it (`make test` does)."
    if importable("jupyterhub") and importable("pamela"):
        return _unreadable()
    return "JupyterHub is not installed: python -m pip install -r requirements-deploy.txt"


def importable(name: str) -> bool:
    """Return whether there is a package of that name."""
    from importlib.util import find_spec

    return find_spec(name) is not None


def proxy() -> str | None:
    """Return the hub's proxy: of `deploy/`'s own programs, or else of the PATH."""
    name = "configurable-http-proxy"
    own = course_root() / "deploy/node_modules/.bin" / name
    return str(own) if own.exists() else shutil.which(name)


def _unreadable() -> str:
    """Return why other users than root cannot run this Python; it is tried."""
    lacking = f"{UNREADABLE} {sys.executable}, which only root may read: "
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", "import jupyterhub, jupyterlab"],
            cwd="/",
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except PermissionError as error:
        return f"{lacking}{error.strerror}."
    return f"{lacking}{done.stderr.strip()[-300:]}" if done.returncode else ""


@contextlib.contextmanager
def on_loopback(number: int, *, quota: int = 0, course: Path | None = None) -> Iterator[Class]:
    """Open a hub for some trainees on free ports of this machine; afterwards nothing of it is left.

    Parameters
    ----------
    number : int
        Of trainees.
    quota : int
        What a home may hold, in MiB; 0 for no limit.
    course : Path
        The course that they read; this one by default.

    Yields
    ------
    Class

    Raises
    ------
    SsplabError
        If this machine lacks something, or if the hub does not start.
    """
    if lacking := obstacle():
        raise SsplabError(lacking)
    _sweep()
    root = (course or course_root()).resolve()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}-"))
    folder.chmod(0o755)
    (folder / "hub").mkdir(mode=0o700)
    homes = folder / "homes"
    mark, group = processes.new_mark(), f"{PREFIX}-{os.getpid()}"
    names = [f"{group}-{count:02}" for count in range(1, number + 1)]
    try:
        passwords = accounts.add(names, group=group, quota=quota, homes=homes)
        ports = _free_ports(3)
        config = folder / "hub/config.py"
        config.write_text(_settings(root, group, ports), encoding="utf-8")
        with (folder / "hub/log").open("w") as log:
            process = subprocess.Popen(
                [
                    *("timeout", f"--kill-after={ENDS_IN}", str(LONGEST)),
                    *(sys.executable, "-m", "jupyterhub", f"--config={config}"),
                ],
                cwd=folder / "hub",
                env=_environment(root, mark),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        opened = Class(f"http://127.0.0.1:{ports[0]}", process, folder, group)
        try:
            until(lambda: _answers(opened), "the hub to answer")
            for name in names:
                trainee = Trainee(opened.url, name, passwords[name], homes / name)
                opened.trainees.append(trainee)
            yield opened
        finally:
            for trainee in opened.trainees:
                trainee.leave()
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(ENDS_IN)
            process.kill()
            process.wait()
    finally:
        processes.kill(mark)
        accounts.remove(names, homes=homes)
        _remove_group(group)
        shutil.rmtree(folder)


def _settings(course: Path, group: str, ports: Sequence[int]) -> str:
    """Return a configuration as an office writes it: the course's, and what is its own."""
    return f"""load_subconfig({str(course / CONFIG.relative_to(course_root()))!r})
c.PAMAuthenticator.allowed_groups = {{{group!r}}}
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_port = {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = [{proxy()!r}]
"""


def _environment(course: Path, mark: str) -> dict[str, str]:
    own = {
        name: text
        for name, text in os.environ.items()
        if "JUPYTER" not in name and not name.startswith("SSPLAB_")
    }
    return {
        **own,
        **processes.marked(mark),
        "SSPLAB_ROOT": str(course),
        "PYTHONPATH": str(course / "src"),
        "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16),
    }


def _answers(opened: Class) -> bool:
    if opened.process.poll() is not None:
        raise SsplabError(f"The hub has ended:\n{opened.log[-4000:]}")
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{opened.url}/hub/api/").is_success
    return False


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(number)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


def _sweep() -> None:
    """Remove the accounts of a process that was killed before it could."""
    import grp
    import pwd

    for account in pwd.getpwall():
        made = re.fullmatch(rf"{PREFIX}-(\d+)-\d\d", account.pw_name)
        if made and not psutil.pid_exists(int(made[1])):
            accounts.remove([account.pw_name], homes=Path(account.pw_dir).parent)
    for group in grp.getgrall():
        made = re.fullmatch(rf"{PREFIX}-(\d+)", group.gr_name)
        if made and not psutil.pid_exists(int(made[1])):
            _remove_group(group.gr_name)


def _remove_group(group: str) -> None:
    subprocess.run(["groupdel", group], capture_output=True, timeout=LIMIT)


def until(condition: Callable[[], object], what: str, limit: float = LIMIT) -> object:
    """Wait until a condition holds, and return its value.

    Raises
    ------
    TimeoutError
        If it does not hold in time, with what was waited for.
    """
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {limit} seconds for {what}")
        time.sleep(0.1)
    return value


class Trainee:
    """Somebody with an account, a browser's cookies, and the patience of `LIMIT` seconds."""

    def __init__(self, url: str, name: str, password: str, home: Path):
        self.url, self.name, self.password, self.home = url, name, password, home
        self.client = httpx.Client(
            follow_redirects=True,
            timeout=LIMIT,
            headers={"User-Agent": "Mozilla/5.0 (a trainee)", "Sec-Fetch-Site": "same-origin"},
        )
        self._kernels: list[Kernel] = []

    @property
    def server(self) -> str:
        """The address of the trainee's own server, with a slash at its end."""
        return f"{self.url}/user/{self.name}/"

    def link(self, place: str) -> str:
        """Return the address that opens a notebook of the course for whoever follows it."""
        return f"{self.url}/hub/user-redirect/lab/tree/{place}"

    def leave(self) -> None:
        """Close the browser; the server goes on."""
        for kernel in self._kernels:
            kernel.close()
        self.client.close()

    def follow(self, address: str) -> httpx.Response:
        """Go to an address as a click does; log in where the hub asks, wait for the server.

        Raises
        ------
        TimeoutError
            If the server does not come in time.
        httpx.HTTPStatusError
            If the hub refuses.
        """
        page = self._go(address)
        if urlsplit(str(page.url)).path == "/hub/login":
            page = self.log_in(page, self.password)
        if "/hub/spawn-pending/" in page.url.path:
            self._wait_for_server(page)
            page = self._go(address)
        return page.raise_for_status()

    def log_in(self, page: httpx.Response, password: str) -> httpx.Response:
        """Fill the form of the login page in and send it; return the page that follows."""
        form = re.search(r'<form[^>]*action="([^"]+)"', page.text)[1]
        xsrf = re.search(r'name="_xsrf"\s+value="([^"]+)"', page.text)[1]
        filled = {"_xsrf": html.unescape(xsrf), "username": self.name, "password": password}
        return self.client.post(
            urljoin(str(page.url), html.unescape(form)),
            data=filled,
            headers={"Sec-Fetch-Mode": "navigate", "Referer": str(page.url), "Origin": self.url},
        )

    def _go(self, address: str) -> httpx.Response:
        return self.client.get(address, headers={"Sec-Fetch-Mode": "navigate"})

    def _wait_for_server(self, page: httpx.Response) -> None:
        """Listen to what the waiting page listens to, until the server is there."""
        progress = re.search(r'"(/hub/api/users/[^"]+/progress[^"]*)"', page.text)[1]
        address = urljoin(self.url, html.unescape(progress))
        deadline = time.monotonic() + LIMIT
        with self.client.stream("GET", address, headers={"Sec-Fetch-Mode": "cors"}) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                told = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if told.get("failed"):
                    raise SsplabError(f"{self.name}'s server did not start: {told['message']}")
                if told.get("ready"):
                    return
                if time.monotonic() > deadline:
                    break
        raise TimeoutError(f"{self.name}'s server did not come")

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        """Ask the trainee's server as JupyterLab's page does, with the mark against forgeries."""
        return self.client.request(
            method,
            f"{self.server}{path}",
            headers={"X-XSRFToken": self._xsrf(), "Sec-Fetch-Mode": "cors"},
            **options,
        )

    def _xsrf(self) -> str:
        found = [
            cookie.value
            for cookie in self.client.cookies.jar
            if cookie.name == "_xsrf" and cookie.path == f"/user/{self.name}/"
        ]
        return found[0] if found else ""

    def read(self, place: str) -> nbformat.NotebookNode:
        """Return a notebook as the server gives it: the work copy, made now if it is not there."""
        answer = self.ask("GET", f"api/contents/{place}", params={"type": "notebook"})
        return nbformat.from_dict(answer.raise_for_status().json()["content"])

    def save(self, place: str, notebook: nbformat.NotebookNode) -> httpx.Response:
        """Store a notebook in the work copy's place; the answer may be a refusal."""
        model = {"type": "notebook", "format": "json", "content": notebook}
        return self.ask("PUT", f"api/contents/{place}", json=model)

    def open_kernel(self, place: str) -> "Kernel":
        """Start a kernel for a notebook, in the notebook's folder, and listen to it."""
        asked = {"path": place, "name": place, "type": "notebook", "kernel": {"name": "python3"}}
        answer = self.ask("POST", "api/sessions", json=asked).raise_for_status()
        kernel = Kernel(self, answer.json()["kernel"]["id"])
        self._kernels.append(kernel)
        return kernel

    def cookies(self, address: str) -> str:
        """Return the cookies that a browser sends to an address."""
        request = self.client.build_request("GET", address)
        return request.headers.get("Cookie", "")

    def processes(self) -> list[psutil.Process]:
        """Return what runs as this trainee's user."""
        import pwd

        user = pwd.getpwnam(self.name).pw_uid
        return [
            process
            for process in psutil.process_iter(["uids"])
            if process.info["uids"] and process.info["uids"].real == user
        ]


class Kernel:
    """A kernel behind its websocket, on which cells are run one after the other."""

    def __init__(self, trainee: Trainee, number: str):
        self.trainee, self.id = trainee, number
        self._session = secrets.token_hex(16)
        address = f"{trainee.server}api/kernels/{number}/channels"
        self._socket = websocket.create_connection(
            f"ws{address.removeprefix('http')}?session_id={self._session}",
            cookie=trainee.cookies(address),
            origin=trainee.url,
            timeout=LIMIT,
        )
        self._heard: queue.SimpleQueue[dict | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Keep what is heard, between two cells too: a server hangs up on who answers no ping."""
        self._socket.settimeout(None)
        # Both mean that it was closed, here or there.
        with contextlib.suppress(websocket.WebSocketException, OSError):
            while text := self._socket.recv():
                self._heard.put(json.loads(text))
        self._heard.put(None)

    def close(self) -> None:
        """Listen no longer; the kernel goes on."""
        with contextlib.suppress(OSError):  # the server was the first to hang up
            self._socket.abort()
        self._listener.join(LIMIT)
        self._socket.shutdown()

    def send(self, code: str) -> str:
        """Send code to be run; return what marks the messages about it."""
        number = secrets.token_hex(16)
        header = {
            "msg_id": number,
            "msg_type": "execute_request",
            "session": self._session,
            "username": self.trainee.name,
            "date": "",
            "version": "5.3",
        }
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._socket.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        return number

    def messages(self, number: str, limit: float = LIMIT) -> Iterator[dict]:
        """Give the messages about code that was sent, until it has been run.

        Raises
        ------
        TimeoutError
            If it has not been run in time.
        ConnectionError
            If the server has hung up.
        """
        deadline = time.monotonic() + limit
        waits_for = {"reply", "idle"}
        while waits_for:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.trainee.name}'s cell was not run in {limit} seconds")
            try:
                message = self._heard.get(timeout=left)
            except queue.Empty:
                continue
            if message is None:
                raise ConnectionError(f"{self.trainee.name}'s server has hung up")
            if message["parent_header"].get("msg_id") != number:
                continue
            if message["msg_type"] == "execute_reply":
                waits_for.discard("reply")
            elif message["content"].get("execution_state") == "idle":
                waits_for.discard("idle")
            else:
                yield message

    def run(self, code: str, limit: float = LIMIT) -> list[nbformat.NotebookNode]:
        """Run code and return its outputs, as a notebook stores them."""
        shown = {"stream", "display_data", "execute_result", "error"}
        return [
            nbformat.v4.output_from_msg(message | {"header": {"msg_type": message["msg_type"]}})
            for message in self.messages(self.send(code), limit)
            if message["msg_type"] in shown
        ]

    def interrupt(self) -> None:
        """Stop what it runs, as the button in JupyterLab does."""
        self.trainee.ask("POST", f"api/kernels/{self.id}/interrupt").raise_for_status()

    def state(self) -> str:
        """Return what the server says of it: `idle`, `busy`, `starting`."""
        answer = self.trainee.ask("GET", f"api/kernels/{self.id}").raise_for_status()
        return answer.json()["execution_state"]

    def shut_down(self) -> None:
        """End it."""
        self.close()
        self.trainee.ask("DELETE", f"api/kernels/{self.id}").raise_for_status()


def text_of(outputs: Sequence[nbformat.NotebookNode]) -> str:
    """Return what outputs say, errors included."""
    parts = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}")
        else:
            parts.append(str(output.data.get("text/markdown", output.data.get("text/plain", ""))))
    return "\n".join(parts)


def run_notebook(
    kernel: Kernel,
    notebook: nbformat.NotebookNode,
    until_cell: Callable[[nbformat.NotebookNode], bool] = lambda cell: False,
    after_cell: Callable[[nbformat.NotebookNode], None] = lambda cell: None,
) -> None:
    """Run a notebook's cells in their order and put their outputs in place.

    Parameters
    ----------
    kernel : Kernel
        Which has run none of them yet.
    notebook : NotebookNode
        Changed in place.
    until_cell : callable
        Says of a cell whether it is the last one to be run.
    after_cell : callable
        Called with each cell that was run.

    Raises
    ------
    SsplabError
        If a cell ends in an error.
    """
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.outputs, cell.execution_count = kernel.run(cell.source), count
        if any(output.output_type == "error" for output in cell.outputs):
            raise SsplabError(f"{kernel.trainee.name}: {text_of(cell.outputs)}")
        after_cell(cell)
        if until_cell(cell):
            return
