"""Several files that come to be together: all of them, or none, also when interrupted."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ssplab.course import course_path, places_to_fill
from ssplab.system import SsplabError, write_text


@dataclass(frozen=True)
class Created:
    """What a command has made."""

    files: list[Path]
    changed: list[Path]
    """Files that were there before: `_toc.yml`."""

    @property
    def places(self) -> int:
        """How many places there are to fill; an exercise repeats those of its solution."""
        texts = [path for path in self.files if path.suffix != ".parquet"]
        return sum(places_to_fill(path) for path in texts if not _is_derived(path))


def _is_derived(path: Path) -> bool:
    return course_path(path).startswith("exercises/")


@dataclass
class NewFiles:
    """Files on their way; `undo` takes them back."""

    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    """Folders that were not there before, the outer ones first."""
    former: dict[Path, bytes] = field(default_factory=dict)

    def announce(self, path: Path) -> Path:
        """Say that a file is about to be made, by whoever makes it; return its path.

        Raises
        ------
        SsplabError
            If it is there already.
        """
        if path.exists():
            raise SsplabError(
                f"{course_path(path)} is there already: choose another name, or delete it."
            )
        above = [folder for folder in path.parents if not folder.exists()]
        self.folders += [folder for folder in reversed(above) if folder not in self.folders]
        self.files.append(path)
        return path

    def write(self, path: Path, text: str) -> None:
        """Write a new file.

        Raises
        ------
        SsplabError
            If it is there already, or cannot be written.
        """
        write_text(text, self.announce(path))

    def change(self, path: Path, text: str) -> None:
        """Write another text into a file that is there.

        Raises
        ------
        SsplabError
            If it cannot be written.
        """
        self.former.setdefault(path, path.read_bytes())
        write_text(text, path)

    def undo(self) -> None:
        """Remove what is new, and put back what was changed."""
        for path, content in self.former.items():
            path.write_bytes(content)
        for path in self.files:
            path.unlink(missing_ok=True)
        for folder in self.folders:  # whatever is in them came after they were made
            shutil.rmtree(folder, ignore_errors=True)

    def created(self) -> Created:
        """Return what was made."""
        return Created(sorted(self.files), list(self.former))


@contextmanager
def all_or_none() -> Iterator[NewFiles]:
    """Give a place to announce and write files; where the block does not end, none of them stays.

    The file that makes the others known, `_toc.yml`, is best changed last.
    """
    files = NewFiles()
    try:
        yield files
    except BaseException:  # an interruption is one
        files.undo()
        raise


def format_code(paths: list[Path]) -> None:
    """Format Python files and notebooks: names that were filled in change where lines break.

    Raises
    ------
    SsplabError
        If ruff is missing, or cannot read a file.
    """
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--no-cache", "--quiet", *map(str, paths)],
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise SsplabError(
            f"The code of the skeleton could not be formatted: {done.stderr.strip()}. Authors need "
            "what `make test` needs."
        )
