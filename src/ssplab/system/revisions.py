"""What git knows of a folder."""

import subprocess
from pathlib import Path

from ssplab.system.errors import SsplabError


def ask_git(folder: Path, *words: str) -> bytes:
    """Return what git answers in a folder.

    Raises
    ------
    SsplabError
        If there is no git, no repository, or git refuses; the first line of what it said.
    """
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, check=True
        ).stdout
    except FileNotFoundError as error:
        raise SsplabError("git is not installed") from error
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
        raise SsplabError((said or str(error)).splitlines()[0]) from error
