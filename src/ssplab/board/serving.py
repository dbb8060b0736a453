"""Open a board to the teams."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ssplab.board.app import board_app
from ssplab.board.store import Store
from ssplab.kits import unpacked
from ssplab.system import SsplabError, sockets

HEADERS_LIMIT = 16_384  # bytes of a request line and its headers, above which it is not read on
CONNECTIONS = 1_000  # at once; who comes then hears 503
GRACE = 30  # seconds in which files that have come are still answered when the board is closed


def serve(
    store: Store, *, host: str, port: int, opened: Callable[[str], None] = lambda url: None
) -> None:
    """Serve the board until it is interrupted.

    Parameters
    ----------
    store : Store
        Its database.
    host : str
        The address to listen on; any but loopback opens it to the network.
    port : int
        Where; 0 for a free one.
    opened : callable
        Is told the address once the board answers.

    Raises
    ------
    SsplabError
        If the port is taken, or if nothing can be scored here.
    """
    listening = sockets.listen(host, port)
    with listening, tempfile.TemporaryDirectory() as place:
        archive = Path(place) / "organiser.zip"
        archive.write_bytes(store.archive())
        with unpacked(archive) as folder:
            config = uvicorn.Config(
                board_app(store, folder),
                http="h11",
                ws="none",
                lifespan="on",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                server_header=False,
                h11_max_incomplete_event_size=HEADERS_LIMIT,
                limit_concurrency=CONNECTIONS,
                timeout_graceful_shutdown=GRACE,
            )
            server = _Server(config, lambda: opened(sockets.address_of(listening)))
            server.run([listening])
            if not server.started:
                raise SsplabError(
                    "The board did not start: the processes that score gave no answer. Is there "
                    "memory left?"
                )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]):
        super().__init__(config)
        self._started = started

    async def startup(self, sockets=None) -> None:
        """Say so once it answers."""
        await super().startup(sockets)
        if self.started:
            self._started()
