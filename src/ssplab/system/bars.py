"""The bar that long work shows, on standard error."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


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
