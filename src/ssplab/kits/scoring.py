"""Check and score on the course's side, from a folder or from an archive: the organisers' truth."""

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ssplab.kits import submission
from ssplab.system import CheckFailed, SsplabError


def check(path: Path, kit: Path) -> str:
    """Check what a team hands in; return in a sentence what it answers.

    Parameters
    ----------
    path : Path
        A CSV file.
    kit : Path
        The folder or the archive of an edition, the team's or the organisers'.

    Raises
    ------
    SsplabError
        If `kit` is none.
    CheckFailed
        If the file cannot be scored: each line that is wrong, with its remedy.
    """
    with unpacked(kit) as folder:
        try:
            part, answers = submission.check(path, folder)
        except submission.Refused as refusal:
            raise CheckFailed(str(refusal)) from refusal
    return submission.counted(part, answers)


def score(path: Path, kit: Path) -> tuple[str, str]:
    """Score what a team hands in; return which part it answers, and its metrics as lines.

    Parameters
    ----------
    path, kit : Path
        As of `check`; the test part needs the organisers' archive.

    Raises
    ------
    SsplabError, CheckFailed
        As `check`.
    """
    with unpacked(kit) as folder:
        try:
            part, metrics = submission.score(path, folder)
            decimals = submission.read_facts(folder)["metric"]["decimals"]
        except submission.Refused as refusal:
            raise CheckFailed(str(refusal)) from refusal
    return part, submission.told(metrics, decimals)


@contextlib.contextmanager
def unpacked(kit: Path) -> Iterator[Path]:
    """Give the folder in which `kit.json` lies: a kit's, or what its archive holds.

    Raises
    ------
    SsplabError
        If it is neither.
    """
    if kit.is_dir():
        yield kit
        return
    if not zipfile.is_zipfile(kit):
        raise SsplabError(
            f"{kit} is no kit: name the folder that was unpacked from a kit's zip, or the zip."
        )
    with tempfile.TemporaryDirectory() as place, zipfile.ZipFile(kit) as archive:
        archive.extractall(place)
        found = sorted(Path(place).glob("*/kit.json"))
        if len(found) != 1:
            raise SsplabError(f"{kit} is no kit's archive: no folder in it holds kit.json.")
        yield found[0].parent
