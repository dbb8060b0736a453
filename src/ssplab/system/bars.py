"""The bars that long work shows, on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)


def progress_bar(what: str, *, shown: bool = True) -> Progress:
    """Return a progress bar that counts `what`, such as cells; it draws nothing unless `shown`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(what),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
    )


@contextmanager
def bytes_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """Give a function that is told a file's name, the bytes that are here and those in all.

    Each file has a bar of its own; None for those in all is of a file whose size nobody says.
    """
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn()
    tasks = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def advance(file: str, here: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(file, total=total)
            progress.update(tasks[file], completed=here, total=total)

        yield advance
