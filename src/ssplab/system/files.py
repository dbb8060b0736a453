"""Write files whole or not at all."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ssplab.system import signals
from ssplab.system.errors import SsplabError

PRIVATE = 0o600
SHARED = 0o666  # less what the umask takes away


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a temporary file beside `path` to write to; it takes its place at the end.

    Where the block raises or is interrupted, what stood at `path` still does, and nothing else.

    Parameters
    ----------
    path : Path
        Where the file is to stand. One that is replaced hands on its permissions; a new one has
        those that the user's umask leaves.
    private : bool
        Let nobody but the user read the file, from the moment it exists, nor write it.

    Raises
    ------
    SsplabError
        If the system refuses: a full disk, a read-only folder.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = None if private else _permissions(path)
        temporary = beside(path)
        # What replaces a file is nobody else's to read before it has that file's permissions.
        first = SHARED if not private and kept is None else PRIVATE
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, first))
        try:
            yield temporary
            if kept is not None:
                temporary.chmod(kept)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SsplabError(
            f"{path} could not be written ({error.strerror or error}). Nothing was changed there. "
            "Free some space, or write to another folder."
        ) from error


def place_together(places: Mapping[Path, Path]) -> None:
    """Put finished files in their places, all of them or none.

    Parameters
    ----------
    places : mapping of Path to Path
        Where each file lies, and where it is to stand: in the same file system. One that is
        replaced hands on its permissions; a new one has its own.

    Raises
    ------
    OSError
        If the system refuses. What stood in the places still does.
    """
    former = {path: source.with_name(f"former-{source.name}") for source, path in places.items()}
    placed = []
    with signals.held():
        try:
            for source, path in places.items():
                if (kept := _permissions(path)) is not None:
                    shutil.copy2(path, former[path])
                    source.chmod(kept)
                source.replace(path)
                placed.append(path)
        except OSError:
            for path in placed:
                if former[path].exists():
                    former[path].replace(path)
                else:
                    path.unlink()
            raise


def beside(path: Path) -> Path:
    """Return a hidden path in the folder of `path`, of the same suffix, where nothing stands."""
    return path.with_name(f".{secrets.token_hex(8)}{path.suffix}")


def _permissions(path: Path) -> int | None:
    """Return the permissions of a file, None if there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def write_text(text: str, path: Path) -> bool:
    """Store a text in UTF-8; return whether the file changed.

    A file that holds the text already is not touched: it may stand in a read-only folder.

    Raises
    ------
    SsplabError
        As `whole_file`.
    """
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return False
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
    return True
