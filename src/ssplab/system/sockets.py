"""Listen on a port."""

import os
import socket

from ssplab.system.errors import SsplabError

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"
ELSEWHERE = "192.0.2.1", 9  # of a network that no machine is in (RFC 5737)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Parameters
    ----------
    host : str
        The address to listen on.
    port : int
        0 for a free one.

    Raises
    ------
    SsplabError
        If the address is not this machine's, or the port is taken.
    """
    # With its protocol named, asyncio sends small answers at once (TCP_NODELAY).
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option takes the port of a server that stands
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise SsplabError(
            f"Cannot listen on {host}, port {port}: {getattr(error, 'strerror', None) or error}. "
            "Choose another port, or 0 for a free one."
        ) from error
    return listening


def address_of(listening: socket.socket) -> str:
    """Return the http address at which this machine reaches what listens."""
    address, port = listening.getsockname()[:2]
    return f"http://{LOOPBACK if address == EVERYWHERE else address}:{port}"


def network_address_of(listening: socket.socket) -> str:
    """Return the http address at which other machines reach what listens, as far as can be told.

    A machine with several networks has an address in each: this is the one on the way to others.
    """
    address, port = listening.getsockname()[:2]
    if address == EVERYWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(ELSEWHERE)  # sends nothing: it chooses the way
                address = probe.getsockname()[0]
            except OSError:
                address = socket.gethostname()
    return f"http://{address}:{port}"


def is_local(listening: socket.socket) -> bool:
    """Whether only this machine reaches what listens."""
    return listening.getsockname()[0].startswith("127.")
