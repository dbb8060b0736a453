"""The bar that long work shows, on standard error."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def cells_bar(*, shown: bool) -> Progress:
    """Return a progress bar that counts cells; it draws nothing unless `shown`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
    )
