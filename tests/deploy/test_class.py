"""A class on this machine: a hub, its proxy, and twelve trainees who are system users.

They log in and work as a browser does, over HTTP; three of them disturb while the others work. The
tests ask what came of it. Nothing here is told by the clock.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import nbformat
import psutil
import pytest
import rehearsal
import websocket
import zmq
from browser import Overheard, chromium
from deployment import REQUIRE, not_here
from scripts import as_module

from ssplab.course import course_root, normal
from ssplab.system import SsplabError

pwd = pytest.importorskip("pwd", reason="trainees are system users, as POSIX has them")
import accounts  # noqa: E402  (which needs it)

TRAINEES = 12
CHAPTER = "chapters/data-science/first-table.ipynb"
EXERCISE = "exercises/data-science/first-table.ipynb"
DATA = "payroll"  # which they read
QUOTA = 32  # MiB, of which a home needs few
LEFT_OUT = [".*", "_build", "node_modules", "tests", "work", *("contracts", "shapes", "kits")]
KILLS, FILLS, LOOPS = range(3)  # of the trainees, who disturb
USED_LATER = {KILLS, FILLS, LOOPS, 3, 4, 6}  # whose kernels tests ask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FILL = """
from pathlib import Path

told = None
try:
    with open(Path.home() / "work/heavy", "wb") as file:
        for _ in range({most}):
            file.write(bytes(2**20))
except OSError as error:
    told = error.strerror
told
"""
FREE = """
(Path.home() / "work/heavy").unlink()
"""
LIMITS = """
import json, os, resource, tempfile

print(json.dumps({
    "memory": resource.getrlimit(resource.RLIMIT_DATA),
    "processes": resource.getrlimit(resource.RLIMIT_NPROC),
    "seconds": resource.getrlimit(resource.RLIMIT_CPU),
    "file": resource.getrlimit(resource.RLIMIT_FSIZE),
    "nice": os.nice(0),
    "user": os.getuid(),
    "temporary": tempfile.gettempdir(),
}))
"""
TOO_MUCH = """
import numpy as np

np.ones(4 * 2**30, dtype="uint8").sum()
"""
TRESPASS = """
import json, os
from pathlib import Path

def refused(what):
    try:
        what()
    except PermissionError:
        return True
    except OSError as error:
        return str(error)
    return False

home, server, course = Path({home!r}), {server}, Path({course!r})
print(json.dumps({{
    "reads the home": refused(lambda: os.listdir(home)),
    "reads a file": refused(lambda: (home / "work" / {chapter!r}).read_bytes()),
    "writes in the home": refused(lambda: (home / "mine").touch()),
    "reads the server's secrets": refused(lambda: Path(f"/proc/{{server}}/environ").read_bytes()),
    "ends the server": refused(lambda: os.kill(server, 15)),
    "writes in the course": refused(lambda: (course / "mine").touch()),
    "changes a chapter": refused(lambda: open(course / {chapter!r}, "a")),
    "reads the hub's folder": refused(lambda: os.listdir({hub!r})),
    "reads its own home": refused(lambda: os.listdir(Path.home())),
}}))
"""


@dataclass
class Day:
    """What a class did, and what came of it."""

    opened: rehearsal.Class
    course: Path
    pages: list[httpx.Response] = field(default_factory=list)
    chapters: list[nbformat.NotebookNode] = field(default_factory=list)
    kernels: list[rehearsal.Kernel] = field(default_factory=list)
    told: dict[int, str] = field(default_factory=dict)
    """What the check of the exercise said, by trainee."""
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    """The files of those who do not disturb, while nobody has disturbed yet and afterwards."""
    filled: str = ""
    quota: str = ""
    """Why homes have no size, if so."""

    @property
    def others(self):
        return range(len((KILLS, FILLS, LOOPS)), TRAINEES)

    def trainee(self, number):
        return self.opened.trainees[number]


@pytest.fixture(scope="module")
def borne():
    """A machine that bears a class."""
    lacking = rehearsal.obstacle()
    if lacking.startswith(rehearsal.UNREADABLE):  # where the course lies is the machine's affair
        pytest.skip(lacking)
    if lacking:
        not_here(lacking)


@pytest.fixture(scope="module")
def day(borne):
    """Twelve trainees' day. The course is a copy that only root may change."""
    with _temporary() as folder:
        course = _course(folder / "course")
        no_quota = accounts.may_mount(folder)
        quota = 0 if no_quota else QUOTA
        with rehearsal.on_loopback(TRAINEES, quota=quota, course=course) as opened:
            day = Day(opened, course, quota=no_quota)
            names = [trainee.name for trainee in opened.trainees]
            _live(day)
            yield day
    assert not set(names) & {account.pw_name for account in pwd.getpwall()}
    assert not [mount for mount in psutil.disk_partitions(all=True) if names[0] in mount.mountpoint]
    assert not opened.folder.exists()


@contextmanager
def _temporary():
    """A folder that every user may enter, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="ssplab-class-course-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _course(copy):
    """Copy what of the course a chapter needs, for root to change and everybody to read."""
    shutil.copytree(course_root(), copy, ignore=_ignored)
    for path in [copy, *copy.rglob("*")]:
        os.chown(path, 0, 0)
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def _ignored(folder, names):
    left_out = set(shutil.ignore_patterns(*LEFT_OUT)(folder, names))
    if Path(folder) == course_root() / "datasets":
        left_out |= set(names) - {DATA}
    return left_out


def _live(day):
    """Let the trainees work: the chapter, then the exercise, while three of them disturb."""
    everybody = range(TRAINEES)
    with ThreadPoolExecutor(TRAINEES) as pool:

        def each(work, who):
            return list(pool.map(lambda number: work(day, number), who))

        day.pages = each(_open, everybody)
        run = each(_run_chapter, everybody)
        day.kernels, day.chapters = ([pair[place] for pair in run] for place in (0, 1))
        day.before = _files(day)
        for number in set(everybody) - USED_LATER:
            day.kernels[number].shut_down()
        with _disturbed(day):
            each(_exercise, day.others)
            day.after = _files(day, day.before)
        each(_exercise, (KILLS, FILLS, LOOPS))


def _open(day, number):
    trainee = day.trainee(number)
    return trainee.follow(trainee.link(CHAPTER))


def _run_chapter(day, number):
    trainee = day.trainee(number)
    chapter = trainee.read(CHAPTER)
    kernel = trainee.open_kernel(CHAPTER)
    rehearsal.run_notebook(kernel, chapter)
    trainee.save(CHAPTER, chapter).raise_for_status()
    return kernel, chapter


def _exercise(day, number):
    """Answer the first question rightly; keep what the check says."""
    trainee = day.trainee(number)
    answers = {cell.id: cell.source for cell in _stored(EXERCISE.replace("exercises", "solutions"))}
    notebook = trainee.read(EXERCISE)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    answer = next(cell for cell in cells if cell.source.startswith("# Your turn"))
    answer.source = answers[answer.id]
    check = cells[cells.index(answer) + 1]
    kernel = trainee.open_kernel(EXERCISE)
    rehearsal.run_notebook(kernel, notebook, until_cell=lambda cell: cell is check)
    trainee.save(EXERCISE, notebook).raise_for_status()
    day.told[number] = rehearsal.text_of(check.outputs)
    kernel.shut_down()


def _stored(place):
    return normal.read(course_root() / place).cells


@contextmanager
def _disturbed(day):
    """Let one loop for ever, one kill the kernel and one fill the home; then they come to."""
    number = day.kernels[LOOPS].send("while True:\n    pass")
    assert rehearsal.text_of(day.kernels[KILLS].run("'posts' in globals()")) == "True"
    day.kernels[KILLS].send("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    most = 4 * QUOTA if not day.quota else 0
    day.filled = rehearsal.text_of(day.kernels[FILLS].run(FILL.format(most=most)))
    yield
    assert day.kernels[LOOPS].state() == "busy", "it has looped while the others worked"
    day.kernels[LOOPS].interrupt()
    said = [
        message["content"]["ename"]
        for message in day.kernels[LOOPS].messages(number)
        if message["msg_type"] == "error"
    ]
    assert said == ["KeyboardInterrupt"]
    if not day.quota:
        day.kernels[FILLS].run(FREE)


def _files(day, known=None):
    """Return the content of what those who do not disturb have in their work folders."""
    found = {}
    for number in day.others:
        work = day.trainee(number).home / "work"
        for path in sorted(work.rglob("*")):
            if path.is_file() and (known is None or str(path) in known):
                found[str(path)] = path.read_bytes()
    return found


# --- what everybody did


def test_a_link_opens_the_chapter_on_the_trainee_s_own_server(day):
    for trainee, page in zip(day.opened.trainees, day.pages, strict=True):
        assert str(page.url) == f"{trainee.server}lab/tree/{CHAPTER}"
        config = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.text, re.S)[1]
        assert json.loads(config)["hubUser"] == trainee.name


def test_each_chapter_was_run_and_kept_in_the_trainee_s_own_home(day):
    oracle = {cell.id: cell for cell in _stored(CHAPTER) if cell.cell_type == "code"}
    for trainee, chapter in zip(day.opened.trainees, day.chapters, strict=True):
        path = trainee.home / "work" / CHAPTER
        kept = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        run = [cell for cell in chapter.cells if cell.cell_type == "code"]
        assert [cell.id for cell in run] == list(oracle)
        for cell in run:
            assert rehearsal.text_of(kept[cell.id].outputs) == rehearsal.text_of(cell.outputs)
        last = run[-1]
        assert rehearsal.text_of(last.outputs) == rehearsal.text_of(oracle[last.id].outputs)
        account = pwd.getpwnam(trainee.name)
        assert (path.stat().st_uid, path.stat().st_mode & 0o077) == (account.pw_uid, 0)
        assert {process.uids().real for process in trainee.processes()} == {account.pw_uid}


def test_each_right_answer_was_praised_and_is_in_the_trainee_s_own_diary(day):
    for number, trainee in enumerate(day.opened.trainees):
        assert day.told[number].startswith("Right (first-table/1)")
        [diary] = trainee.home.glob(".local/share/ssplab/progress-*.jsonl")
        events = [json.loads(line) for line in diary.read_text(encoding="utf-8").splitlines()]
        assert [(event["exercise"], event["happened"]) for event in events] == [
            ("first-table/1", "right")
        ]
        assert diary.stat().st_mode & 0o077 == 0


def test_without_a_link_the_start_page_opens(day):
    trainee = day.trainee(day.others[0])
    answer = trainee.client.get(trainee.server, headers={"Sec-Fetch-Mode": "navigate"})
    assert str(answer.url) == f"{trainee.server}lab/tree/start.md"


def test_the_page_opens_in_a_browser(day):
    trainee = day.trainee(day.others[0])
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        overheard = Overheard(page)
        page.goto(trainee.link(CHAPTER))
        page.get_by_label("Username").fill(trainee.name)
        page.get_by_label("Password").fill(trainee.password)
        page.get_by_role("button", name="Sign in").click()
        title = _stored(CHAPTER)[0].source.splitlines()[0].removeprefix("# ")
        page.locator(".jp-NotebookPanel h1", has_text=title).wait_for(timeout=120_000)
        assert page.url.startswith(trainee.server)
        assert overheard.outside == []


# --- what nobody could do


def test_nobody_comes_to_another_s_server(day):
    """Not with an own login, as the hub's user of another name; nor without one."""
    one, other = day.trainee(3), day.trainee(4)
    for trainee, status in ((other, 200), (one, 403)):
        address = f"{other.server}api/contents/{CHAPTER}"
        answer = trainee.client.get(address, headers={"Sec-Fetch-Mode": "navigate"})
        assert answer.status_code == status
    kernels = f"{other.server}api/kernels/{day.kernels[4].id}/channels"
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(
            f"ws{kernels.removeprefix('http')}",
            cookie=one.cookies(f"{one.server}api"),
            origin=one.url,
            timeout=60,
        )
    with httpx.Client(timeout=60) as stranger:
        assert stranger.get(f"{other.server}api/contents").status_code == 403
        answer = stranger.get(f"{other.server}lab")
        assert answer.status_code == 302
        assert "/hub/api/oauth2/authorize" in answer.headers["Location"]


def test_a_wrong_password_does_not_come_in(day):
    trainee = rehearsal.Trainee(day.opened.url, day.trainee(5).name, "", day.trainee(5).home)
    page = trainee.client.get(trainee.link(CHAPTER))
    refused = trainee.log_in(page, "not the password")
    trainee.leave()
    assert refused.status_code == 403
    assert "Invalid username or password" in refused.text


def test_nobody_gets_at_another_s_files_and_processes(day):
    one, other = day.trainee(3), day.trainee(4)
    [server] = [
        process.pid for process in other.processes() if "serve-hub" in " ".join(process.cmdline())
    ]
    asked = TRESPASS.format(
        home=str(other.home),
        server=server,
        course=str(day.course),
        chapter=CHAPTER,
        hub=str(day.opened.folder / "hub"),
    )
    refused = json.loads(rehearsal.text_of(day.kernels[3].run(asked)))
    assert refused.pop("reads its own home") is False
    assert set(refused.values()) == {True}, refused
    assert one.home != other.home


def test_nobody_hears_another_s_kernel(day):
    """A kernel's answers are at a port of this machine, to which each of its users may connect."""
    runtime = day.trainee(4).home / ".local/share/jupyter/runtime"
    [file] = runtime.glob(f"kernel-{day.kernels[4].id}.json")
    connection = json.loads(file.read_text(encoding="utf-8"))
    assert file.stat().st_mode & 0o077 == 0
    assert _hears(day.kernels[4], connection["iopub_port"], connection.get("curve_publickey"))
    assert not _hears(day.kernels[4], connection["iopub_port"], key=None)


def _hears(kernel, port, key):
    """Return whether somebody hears at a port what a kernel says, with the kernel's key or not."""
    with zmq.Context() as context, context.socket(zmq.SUB) as ear:
        ear.linger = 0
        ear.setsockopt(zmq.SUBSCRIBE, b"")
        if key:
            ear.curve_serverkey = key.encode()
            ear.curve_publickey, ear.curve_secretkey = zmq.curve_keypair()
        ear.connect(f"tcp://127.0.0.1:{port}")
        for _ in range(30):  # a connection takes a moment
            kernel.run("print('said')")
            if ear.poll(100):
                return True
    return False


def test_each_is_within_limits(day):
    trainee, kernel = day.trainee(6), day.kernels[6]
    limits = json.loads(rehearsal.text_of(kernel.run(LIMITS)))
    assert limits["memory"] == [2 * 2**30] * 2
    assert limits["processes"] == [400] * 2
    assert limits["seconds"] == [3600, 3660]
    assert limits["file"] == [2**30] * 2
    assert limits["nice"] >= 5 + os.nice(0)
    assert limits["user"] != 0
    assert Path(limits["temporary"]).is_relative_to(trainee.home)
    refused = rehearsal.text_of(kernel.run(TOO_MUCH))
    assert "MemoryError" in refused
    assert rehearsal.text_of(kernel.run("1 + 1")) == "2"


# --- those who disturb


def test_others_lose_nothing_by_those_who_disturb(day):
    assert len(day.before) >= len(day.others)
    assert day.after == day.before


def test_a_killed_kernel_comes_back_with_the_files_there(day):
    kernel = day.kernels[KILLS]
    assert rehearsal.text_of(kernel.run("'posts' in globals()")) == "False"
    work = day.trainee(KILLS).home / "work"
    assert (work / CHAPTER).is_file() and (work / EXERCISE).is_file()


def test_who_fills_the_home_is_refused_more_and_nobody_else_is(day):
    if day.quota:
        pytest.skip(f"Homes have no size here: {day.quota}")
    assert day.filled == "'No space left on device'"
    for number in day.others:
        assert day.trainee(number).save(CHAPTER, day.chapters[number]).is_success


def test_who_looped_works_on(day):
    assert rehearsal.text_of(day.kernels[LOOPS].run("1 + 1")) == "2"


# --- what it costs


def test_what_the_benchmark_measures_is_there(day, monkeypatch):
    monkeypatch.syspath_prepend(course_root() / "benchmarks")
    benchmark = as_module(course_root() / "benchmarks/class.py")
    server, kernels = benchmark.parts(day.trainee(6))
    assert (len(server), len(kernels)) == (1, 1)
    assert benchmark.memory(kernels) > benchmark.memory(server) > 30
    assert benchmark.seconds(kernels) > 0.1


# --- accounts, and what a machine may lack


@pytest.fixture
def homes(borne):
    """A folder for homes."""
    with _temporary() as folder:
        yield folder / "homes"


@pytest.mark.parametrize(
    ("names", "quota", "told"),
    [
        (["Anna"], 0, "'Anna' is no name of an account"),
        (["../anna"], 0, "'../anna' is no name of an account"),
        (["ssplab-class-anna", "root"], 0, "There is a user root already"),
        (["anna", "anna"], 0, "There is a user anna already"),
        (["ssplab-class-anna", "here"], 0, "homes/here is somebody's already"),
        (["ssplab-class-anna"], 1, "A home of 1 MiB holds nothing"),
    ],
)
def test_accounts_that_cannot_be_are_refused_before_any_is_made(homes, names, quota, told):
    (homes / "here").mkdir(parents=True)
    with pytest.raises(SsplabError, match=re.escape(told)):
        accounts.add(names, quota=quota, homes=homes)
    assert [path.name for path in homes.iterdir()] == ["here"]


@pytest.mark.parametrize("name", ["root", "", "..", "/etc"])
def test_only_accounts_of_a_class_are_removed(homes, name):
    (homes / "here").mkdir(parents=True)
    with pytest.raises(SsplabError, match=r"no account of a class|no name of an account"):
        accounts.remove([name], homes=homes)
    assert pwd.getpwnam("root").pw_dir == "/root"
    assert (homes / "here").is_dir()


def test_homes_are_mounted_again_with_what_is_in_them(homes):
    homes.mkdir()
    if why := accounts.may_mount(homes):
        pytest.skip(f"Homes have no size here: {why}")
    name, group = f"{rehearsal.PREFIX}-{os.getpid()}-99", f"{rehearsal.PREFIX}-kept"
    accounts.add([name], group=group, quota=accounts.SMALLEST, homes=homes)
    try:
        (homes / name / "kept").touch()
        subprocess.run(["umount", homes / name], check=True, timeout=60)
        assert not (homes / name / "kept").exists()
        assert accounts.mount(homes) == [name]
        assert accounts.mount(homes) == []
        assert (homes / name / "kept").exists()
    finally:
        accounts.remove([name], homes=homes)
        subprocess.run(["groupdel", group], check=True, timeout=60)
    assert list(homes.iterdir()) == []


def test_what_a_machine_lacks_is_told_and_in_ci_it_fails(homes, tmp_path, monkeypatch):
    private = tmp_path / "python"  # in a folder of pytest's, which only root may enter
    private.symlink_to(sys.executable)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(private))
        assert "which only root may read" in rehearsal.obstacle()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "only root makes users" in rehearsal.obstacle()
    monkeypatch.delenv(REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception):
        not_here(rehearsal.obstacle())
    monkeypatch.setenv(REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception):
        not_here(rehearsal.obstacle())
