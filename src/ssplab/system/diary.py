"""What a trainee did, exercise by exercise: one file in the user's data folder, on this machine.

The file has one line of JSON for each event, and is only ever added to: the time (UTC), the
exercise, and what happened; of a wrong answer that the check recognised, also the name that the
course's own words give that mistake. It holds no answer, no name and no path, and nothing here
sends it anywhere. `SSPLAB_PROGRESS` names another file; `off` records nothing.

An exercise goes on whatever becomes of the file, so `record`, `tried` and `hints` never raise: what
could not be written is told once a process, kept in memory and written with the next event.
"""

import errno
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TypeVar

import platformdirs

from ssplab import __version__
from ssplab.system.errors import SsplabError
from ssplab.system.files import whole_file
from ssplab.system.former import without_number
from ssplab.system.language import _, ngettext

VARIABLE, OFF = "SSPLAB_PROGRESS", "off"
RIGHT, WRONG, HINT, SOLUTION, FAULT = HAPPENED = ("right", "wrong", "hint", "solution", "fault")
PATIENCE, HASTE = 5.0, 0.1  # seconds that a check waits for other notebooks; once it was in vain
T = TypeVar("T")

_waiting: list[str] = []  # lines that could not be written yet
_told: set[str] = set()  # sentences that this process has shown, by a key


@dataclass(frozen=True)
class Event:
    """Something that happened to an exercise.

    Parameters
    ----------
    time : str
        In UTC, ISO 8601 to the second: `2026-11-25T09:30:00+00:00`.
    exercise : str
        Such as `payroll-anomalies/1`.
    happened : str
        `right` or `wrong` for an answer, `hint` or `solution` for help, `fault` where the check
        itself failed on an answer.
    mistake : str
        Of a wrong answer, the name of the recorded mistake that the check told: `bonus-kept`;
        empty where it recognised none.
    """

    time: str
    exercise: str
    happened: str
    mistake: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether an answer was examined."""
        return self.happened in (RIGHT, WRONG)


def store() -> Path | None:
    """Return the file of this version of the course; None where nothing is recorded."""
    named = os.environ.get(VARIABLE, "").strip()
    if named.lower() == OFF:
        return None
    if named:
        return Path(os.path.expanduser(named))  # which never raises, as Path's own may
    folder = Path(platformdirs.user_data_dir("ssplab", appauthor=False))
    return folder / f"progress-{__version__}.jsonl"


@contextmanager
def paused() -> Iterator[None]:
    """Record nothing in the block, nor in the kernels that it starts."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = OFF
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def record(exercise: str, happened: str, mistake: str = "") -> None:
    """Add an event, now; where that fails, a sentence on standard error says so once.

    A solution that is opened and run is nobody's progress, so its checks add nothing.

    Parameters
    ----------
    exercise : str
        Its full name: `payroll-anomalies/1`.
    happened : str
        One of `HAPPENED`.
    mistake : str
        As in `Event`.
    """
    path = store()
    if path is not None and not _in_solutions():
        event = Event(_now().isoformat(timespec="seconds"), exercise, happened, mistake)
        _waiting.append(_line(event))
        _guarded(path, lambda: _write_waiting(path))


def tried(exercise: str) -> bool:
    """Return whether an answer to an exercise was recorded; False where nothing can be read."""
    return any(event.is_answer or event.happened == FAULT for event in _of(exercise))


def hints(exercise: str) -> int:
    """Return how many hints of an exercise were recorded; 0 where nothing can be read."""
    return sum(event.happened == HINT for event in _of(exercise))


def events() -> list[Event]:
    """Return all that was recorded, in the order of writing.

    A damaged file is set aside beside, which standard error tells, and rebuilt from its readable
    lines.

    Raises
    ------
    SsplabError
        If the file is there and cannot be read at all.
    """
    path = store()
    if path is None:
        return []
    try:
        return _read(path)
    except OSError as error:
        raise SsplabError(
            _(
                "Your progress in {path} cannot be read ({error}). Make it readable for your user, "
                "or name another file in SSPLAB_PROGRESS."
            ).format(path=path, error=_reason(error))
        ) from error


def _now() -> datetime:
    return datetime.now(UTC)


def _in_solutions() -> bool:
    """Whether a solution, or a copy of one, is running: a kernel works in its notebook's folder."""
    try:
        return Path.cwd().parent.name == "solutions"  # solutions/PART
    except OSError:  # the folder is gone
        return False


def _of(exercise: str) -> list[Event]:
    path = store()
    found = _guarded(path, lambda: _read(path)) if path else None
    return [event for event in found or () if event.exercise == exercise]


def _guarded(path: Path, work: Callable[[], T]) -> T | None:
    """Return what some work on the file gives; where it is refused None, and a sentence once."""
    try:
        return work()
    except (OSError, ImportError) as error:  # ImportError: the course is newer than its packages
        _tell_once(
            "refused",
            _(
                "Your progress is not being kept: {path} cannot be used ({error}). All else "
                "works. `ssplab doctor` helps to find out why."
            ).format(path=path, error=_reason(error)),
        )
        return None


def _write_waiting(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        number = len(_waiting)  # another thread may add to it meanwhile
        content = "".join(_waiting[:number])
        if not _ends_with_a_line(path):
            _read_locked(path)
            if not _ends_with_a_line(path):  # nothing was damaged, only the line's end is missing
                content = "\n" + content
        _append(path, content.encode("ascii"))
        del _waiting[:number]


def _append(path: Path, content: bytes) -> None:
    """Add to the file all or nothing, should the disk be full; only its user may read it."""
    with open(path, "ab", buffering=0, opener=_private) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            if file.write(content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(size)
            raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _ends_with_a_line(path: Path) -> bool:
    if not path.exists() or not path.stat().st_size:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _read(path: Path) -> list[Event]:
    if not path.parent.is_dir():  # nor is a lock to be had there
        return []
    try:
        with _locked(path):
            return _read_locked(path)
    except (OSError, ImportError):  # such as a folder that is read-only: read at least
        found, unread = _parsed(path)
        if unread:
            _tell_once("unread", _damaged(path, unread, len(found)))
        return found


def _read_locked(path: Path) -> list[Event]:
    """Return the events; set a damaged file aside and rebuild it. The lock is held."""
    found, unread = _parsed(path)
    if unread:
        aside = _free_name(path)
        content = "".join(map(_line, found))
        try:
            with whole_file(path, private=True) as temporary:
                temporary.write_text(content, encoding="ascii", newline="\n")
                path.rename(aside)
        except SsplabError as error:
            raise error.__cause__ from None  # the system's own, as from any work on the file
        where = _("The damaged file is kept as {aside}.").format(aside=aside)
        _tell(f"{_damaged(path, unread, len(found))} {where}")
    return found


def _parsed(path: Path) -> tuple[list[Event], int]:
    """Return the events of the file and the number of lines that are none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    lines = [line for line in content.splitlines() if line.strip()]
    found = [event for event in map(_event, lines) if event]
    return found, len(lines) - len(found)


def _line(event: Event) -> str:
    """Return an event as it is written; a mistake that there is not has no place in it."""
    return json.dumps({name: value for name, value in asdict(event).items() if value}) + "\n"


def _event(line: bytes) -> Event | None:
    try:
        told = json.loads(line)  # which knows the mark that an editor may put at the start
        exercise, mistake = without_number(told["exercise"]), told.get("mistake", "")
        event = Event(told["time"], exercise, told["happened"], mistake)
        known = event.happened in HAPPENED and re.fullmatch(r"[\w-]+/\d+", event.exercise)
        known = known and re.fullmatch(r"[\w'-]*", event.mistake)
        return event if known and datetime.fromisoformat(event.time).tzinfo else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _free_name(path: Path) -> Path:
    """Return a name for the damaged file that no other has."""
    start = f"{path.stem}.damaged-{_now():%Y-%m-%d}"
    ends = chain([""], (f"-{number}" for number in count(2)))
    names = (path.with_name(f"{start}{end}{path.suffix}") for end in ends)
    return next(name for name in names if not name.exists())


def _damaged(path: Path, unread: int, kept: int) -> str:
    lost = ngettext(
        "Your progress in {path} was damaged: {number} line of it cannot be read.",
        "Your progress in {path} was damaged: {number} lines of it cannot be read.",
        unread,
    ).format(path=path, number=unread)
    rest = ngettext(
        "{number} line could be read and counts.",
        "{number} lines could be read and count.",
        kept,
    ).format(number=kept)
    return f"{lost} {rest}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock.

    Raises
    ------
    OSError
        If the system refuses, or if another program holds it for long.
    """
    from filelock import FileLock, Timeout

    patience = HASTE if "refused" in _told else PATIENCE
    lock = FileLock(f"{path}.lock", timeout=patience, poll_interval=0.01, mode=0o600)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a file system without locks gets a marker file
            lock.acquire()
    except Timeout as error:
        raise TimeoutError(errno.EBUSY, _("another program is using it")) from error
    try:
        yield
    finally:
        lock.release()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _tell(sentence: str) -> None:
    print(f"ssplab: {sentence}", file=sys.stderr)


def _tell_once(key: str, sentence: str) -> None:
    if key not in _told:
        _told.add(key)
        _tell(sentence)
