"""A server of files on loopback that does what servers of large files do, and what goes wrong."""

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAIT = 30  # seconds after which a connection that says nothing is closed


@dataclass
class Served:
    """A file as a server has it; tests change it between requests."""

    content: bytes
    tag: str | None = '"first"'
    """Its ETag."""
    changed: str | None = None
    """Its date of last change."""
    ranges: bool = True
    """Whether the server knows ranges."""
    says_length: bool = True
    status: int = 200
    breaks: list[int] = field(default_factory=list)
    """After how many bytes each of the next answers breaks off."""


@dataclass
class Server:
    """What is served, and what was asked and sent."""

    url: str
    files: dict[str, Served] = field(default_factory=dict)
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    """Of each: file, Range, If-Range."""
    sent: int = 0
    """Bytes of content."""


@contextmanager
def serving():
    """Serve files on a free port of this machine until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        timeout = WAIT

        def do_GET(self):
            answer(self, server)

        def log_message(self, *_):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    server = Server(f"http://127.0.0.1:{web.server_port}")
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()
        thread.join(WAIT)


def answer(handler, server):
    """Answer one request; the connection closes after it."""
    name = handler.path.rpartition("/")[2]
    asked, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
    server.requests.append((name, asked, condition))
    file = server.files.get(name)
    status = 404 if file is None else file.status
    if status != 200:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    start = 0
    if asked and file.ranges and condition in (None, file.tag, file.changed):
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if start >= len(file.content):
            handler.send_response(416)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        status = 206
    content = file.content[start:]
    handler.send_response(status)
    if status == 206:
        last = len(file.content) - 1
        handler.send_header("Content-Range", f"bytes {start}-{last}/{len(file.content)}")
    if file.says_length:
        handler.send_header("Content-Length", str(len(content)))
    if file.tag:
        handler.send_header("ETag", file.tag)
    if file.changed:
        handler.send_header("Last-Modified", file.changed)
    handler.end_headers()
    if file.breaks:
        content = content[: file.breaks.pop(0)]
    server.sent += len(content)
    handler.wfile.write(content)
