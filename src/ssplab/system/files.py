"""Write files whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssplab.system.errors import SsplabError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; it takes its place at the end.

    Where the block raises or is interrupted, what stood at `path` still does, and nothing else.

    Raises
    ------
    SsplabError
        If the system refuses: a full disk, a read-only folder.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o644)  # mkstemp makes the file private
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SsplabError(
            f"{path} could not be written ({error.strerror or error}). Nothing was changed there. "
            "Free some space, or write to another folder."
        ) from error


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
