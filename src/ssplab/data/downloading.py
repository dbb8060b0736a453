"""A published file brought here: large ones go on where they were interrupted.

`Resumable` is a downloader as pooch takes them; pooch's own begins again each time. What has come
stands in `NAME.part`, and beside it, in `NAME.part.json`, of which version of the file it is. A
server is asked for the rest of that very version (`Range` with `If-Range`, RFC 9110, 13.1.5 and
14.2); one that has another by now, or knows no ranges, sends it whole, and the part is begun again.
"""

import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ssplab.system import SsplabError, write_text

TRIES = 4  # connections in one call, each of which goes on where the former one broke
SECONDS = 60  # without a byte, or until a server answers
KEPT = 2**20
"""Bytes that stay free on a disk that a file fills."""
AGENT = "ssplab (the course Python for Official Statistics)"
FRESH = 416  # the status of a server that has less than what is asked for
PARTIAL = 206


class Unreachable(SsplabError):
    """A file did not come: no connection, a server's refusal, or a transfer that broke."""


class NotTheFile(SsplabError):
    """What came is not the file that was asked for."""


@dataclass(frozen=True)
class _Version:
    """Which version of a file a part is of."""

    url: str
    validator: str | None
    """A strong ETag, or the date of the last change; None where the server gives neither."""
    total: int | None
    """In bytes, where the server says it."""


class Resumable:
    """A downloader for pooch, which goes on with what an earlier call left.

    Parameters
    ----------
    part : Path
        Where the part is kept until the file is whole.
    check_size : callable
        Given the number of bytes that the server says it will send, raises `NotTheFile` if it
        cannot be the file: before any of it is stored.
    advance : callable, optional
        Called with the bytes here and those in all (None if the server does not say), for a bar.
    """

    def __init__(
        self,
        part: Path,
        check_size: Callable[[int], None],
        advance: Callable[[int, int | None], None] = lambda here, total: None,
    ) -> None:
        self.part, self.check_size, self.advance = part, check_size, advance
        self._about = part.with_name(f"{part.name}.json")

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Bring the file of an address to `output_file`.

        Raises
        ------
        Unreachable
            If it did not come whole; what has come is kept, and the next call goes on from there.
        NotTheFile
            As `check_size`.
        """
        try:
            self._bring(url)
            os.replace(self.part, output_file)
        except OSError as error:
            raise Unreachable(
                f"{self.part} could not be written ({error.strerror or error}). {self._kept()}"
                + ("Free some space and call again." if error.errno == errno.ENOSPC else "")
            ) from error
        self._forget()

    def _bring(self, url: str) -> None:
        self.part.parent.mkdir(parents=True, exist_ok=True)
        host = urlsplit(url).hostname
        told = {"User-Agent": AGENT}
        with httpx.Client(follow_redirects=True, timeout=SECONDS, headers=told) as client:
            for left in reversed(range(TRIES)):
                before = self._size()
                try:
                    self._connect(client, url)
                    return
                except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
                    raise Unreachable(
                        f"There is no connection to {host} ({error or 'no answer'}). {self._kept()}"
                    ) from error
                except httpx.HTTPError as error:
                    # A connection that brought nothing is not worth another, nor is one that
                    # would begin again.
                    if left and self._size() > before and self._goes_on():
                        continue
                    raise Unreachable(
                        f"The connection to {host} broke ({error or type(error).__name__}). "
                        f"{self._kept()}"
                    ) from error
                except httpx.InvalidURL as error:
                    raise Unreachable(f"{url} is no address: {error}.") from error

    def _connect(self, client: httpx.Client, url: str) -> None:
        """Take from the server what is missing."""
        version, here = self._read(), self._size()
        if not (version and version.validator and version.url == url and here):
            version, here = None, 0
        elif here == version.total:  # it was whole, and the call ended before it had its place
            return
        headers = {"Accept-Encoding": "identity"}  # else a range would be one of packed bytes
        if version:
            headers |= {"Range": f"bytes={here}-", "If-Range": version.validator}
        with client.stream("GET", url, headers=headers) as response:
            if version and response.status_code == FRESH:
                self._forget()
            elif version and response.status_code == PARTIAL:
                self._check_range(response, here, version)
                self._store(response, here, version.total)
                return
            else:
                self._store_whole(url, response)
                return
        self._connect(client, url)  # nothing is here any more, so that no range is asked for

    def _store_whole(self, url: str, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            told = f"{response.status_code} {response.reason_phrase}".strip()
            raise Unreachable(f"{urlsplit(url).hostname} answered {told} to {url}. {self._kept()}")
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        if total is not None:
            self.check_size(total)
            self._check_room(total)
        self._forget()
        about = asdict(_Version(url, _validator(response), total))
        self.part.write_bytes(b"")
        write_text(json.dumps(about), self._about)
        self._store(response, 0, total)

    def _store(self, response: httpx.Response, here: int, total: int | None) -> None:
        with self.part.open("ab") as file:
            self.advance(here, total)
            for piece in response.iter_raw():  # as it comes: what is gathered would be lost
                file.write(piece)
                here += len(piece)
                self.advance(here, total)
        if total is not None and here != total:
            raise httpx.RemoteProtocolError(f"{here:,} of {total:,} bytes came")

    def _check_range(self, response: httpx.Response, here: int, version: _Version) -> None:
        said = response.headers.get("Content-Range", "")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", said)
        right = match and int(match[1]) == here
        if right and version.total is not None and match[3] != "*":
            right = int(match[3]) == version.total
        if not right:
            self._forget()
            raise httpx.RemoteProtocolError(f"the rest from byte {here} was asked for, not {said}")

    def _check_room(self, total: int) -> None:
        free = shutil.disk_usage(self.part.parent).free + self._size()
        if total + KEPT > free:
            raise OSError(
                errno.ENOSPC, f"{total:,} bytes are needed and {free:,} are free", self.part
            )

    def _read(self) -> _Version | None:
        try:
            return _Version(**json.loads(self._about.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):  # none, or not ours: the part is begun again
            return None

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _goes_on(self) -> bool:
        """Return whether the server can be asked for the rest of what is here."""
        version = self._read()
        return version is not None and version.validator is not None

    def _kept(self) -> str:
        """Return the sentence on what an interrupted transfer left, which ends with a space."""
        version, here = self._read(), self._size()
        if not here or not self._goes_on():
            return ""
        of = f" of {version.total:,}" if version.total else ""
        return f"{here:,}{of} bytes are here, and the next call goes on from there. "

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)


def _validator(response: httpx.Response) -> str | None:
    """Return what a server is asked to compare before it sends the rest of a file."""
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):  # a weak one may stand for other bytes
        return tag
    return response.headers.get("Last-Modified")
