"""The board as an ASGI application: what teams hand in, and the page that everybody sees.

Predictions come in, never code. A file is read whole, within limits of size and time, checked and
scored in a process of its own, and answered as accepted once it is in the database. Nothing that is
answered before the close depends on a private score.
"""

import contextlib
import functools
import logging
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio
import jinja2
from anyio import to_process, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Route

from ssplab.board import judging, picture
from ssplab.board.standing import Standing, improvements, standing
from ssplab.board.store import (
    Closed,
    Event,
    QuotaReached,
    Receipt,
    Result,
    Store,
    Team,
    Unavailable,
    digest_of,
)

HERE = Path(__file__).resolve().parent
STATIC = {path.name: path for path in (HERE / "static").iterdir()}
BYTES_A_ROW, LEAST_BYTES = 200, 1_000_000
DRAINED = 64_000_000  # bytes of a file that is too long: who sends hears why only when all is sent
UPLOAD_SECONDS, SCORE_SECONDS, CLOSE_SECONDS = 60, 30, 900
MOST_WAITING = 300  # files that wait to be scored
WORKERS = 2
LOOK_AGAIN = 20  # seconds between two looks whether the event has closed
FILE_NAME = re.compile(r"[\w][\w. ()+-]{0,79}")
TOO_LATE = "The event is over: nothing is accepted any more. What was handed in before counts."
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

log = logging.getLogger(__name__)


class Unfit(Exception):
    """A request that is refused: a status, a sentence that says why, and headers."""

    def __init__(self, status: int, told: str, **headers: str):
        super().__init__(told)
        self.status, self.told = status, told
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def board_app(
    store: Store,
    folder: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    workers: int = WORKERS,
    score_seconds: float = SCORE_SECONDS,
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    store : Store
        The board's database.
    folder : Path
        Where its archive is unpacked.
    now : callable
        Tells the time.
    workers : int
        Files scored at once.
    score_seconds : float
        How long scoring a file may take.
    """
    board = Board(store, folder, now, workers, score_seconds)
    return Starlette(
        routes=[
            Route("/", board.page),
            Route("/standing", board.fragment),
            Route("/history.svg", board.history),
            Route("/hand-in", board.form),
            Route("/submissions", board.hand_in, methods=["POST"]),
            Route("/team", board.team, methods=["POST"]),
            Route("/health", board.health),
            Route("/static/{name}", board.static),
        ],
        exception_handlers={
            Unfit: board.refused,
            Unavailable: board.unavailable,
            HTTPException: board.unknown,
            Exception: board.failed,
        },
        lifespan=board.lifespan,
    )


class Board:
    """What the application answers."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        now: Callable[[], datetime],
        workers: int,
        score_seconds: float,
    ):
        self._store, self._folder, self._now = store, str(folder), now
        self._score_seconds, self._workers = score_seconds, workers
        rows = len(judging.judge_of(self._folder).is_public)
        self._most_bytes = max(LEAST_BYTES, BYTES_A_ROW * rows)
        self._shown: tuple[object, Standing] | None = None
        self._drawn: tuple[object, bytes] | None = None
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette):
        """Start the processes that score, and look for the close as long as the board is open."""
        self._waiting = anyio.CapacityLimiter(self._workers)
        # One visitor computes what all see; the others wait for it, and hold no thread meanwhile.
        self._drawing, self._ranking = anyio.Lock(), anyio.Lock()
        async with anyio.create_task_group() as starting:
            for _ in range(self._workers):  # side by side, so that each process is started
                starting.start_soon(self._in_process, "judge", b"", "warming up")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch_for_the_close)
            yield
            tasks.cancel_scope.cancel()

    # --- handing in

    async def hand_in(self, request: Request) -> Response:
        """Accept a file, or say why not."""
        form = await self._form(request)
        try:
            team = await self._team_of(request, form.get("token"))
            name, content = await self._file(form)
        finally:
            await form.close()
        received_at = self._now()
        receipt = await to_thread.run_sync(self._known, team, content, received_at)
        if receipt is None:
            judged = await self._judge(content, name)
            accept = functools.partial(
                self._store.accept,
                team,
                content=content,
                file_name=name,
                received_at=received_at,
                public=judged.public,
                private=judged.private,
            )
            receipt = await to_thread.run_sync(self._admitted, accept, received_at)
        event = await to_thread.run_sync(self._store.event)
        told = _told(receipt, event)
        status = 201 if receipt.is_new else 200
        if _wants_page(request):
            return await self._page_of(team, told, status)
        content = {
            "told": told,
            "submission": receipt.entry.id,
            "is_new": receipt.is_new,
            "received_at": receipt.entry.received_at.isoformat(),
            "public_score": receipt.entry.public_score,
            "left_today": receipt.left,
        }
        return JSONResponse(content, status, headers=SAFE)

    def _known(self, team: Team, content: bytes, received_at: datetime) -> Receipt | None:
        known = functools.partial(self._store.known, team, digest_of(content), received_at)
        return self._admitted(known, received_at)

    def _admitted(self, ask: Callable[[], Receipt | None], received_at: datetime):
        """Ask the store, and turn its refusals into answers."""
        try:
            return ask()
        except Closed as error:
            raise Unfit(403, TOO_LATE) from error
        except QuotaReached as error:
            event = self._store.event()
            wait = math.ceil((event.next_day(received_at) - received_at).total_seconds())
            raise Unfit(
                429,
                f"Your team has handed in {event.quota} files today, which is all that it may: "
                "the next one tomorrow.",
                Retry_After=str(wait),
            ) from error

    async def _form(self, request: Request):
        """Read a form within the limits of size and time."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Unfit(415, "Send the file as it is, not compressed.")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "multipart/form-data":
            raise Unfit(
                415, "Hand the file in as a form does (multipart/form-data), in the field `file`."
            )
        bounded = Request(request.scope, self._bounded(request.receive))
        try:
            with anyio.fail_after(UPLOAD_SECONDS):
                return await bounded.form(max_files=1, max_fields=1)
        except TimeoutError as error:
            raise Unfit(
                408, f"The file did not come within {UPLOAD_SECONDS} seconds: try again."
            ) from error
        except (HTTPException, ClientDisconnect, UnicodeError) as error:
            raise Unfit(
                400, "The form cannot be read: send one file in the field `file`, and the token."
            ) from error

    def _bounded(self, receive):
        """Return a `receive` that gives no more than the limit, plus what frames a file."""
        length = 0

        async def bounded():
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length <= self._most_bytes + 10_000:
                return message
            while message.get("more_body") and length < DRAINED:
                message = await receive()
                length += len(message.get("body", b""))
            raise Unfit(
                413,
                f"The file is longer than {self._most_bytes:,} bytes, which no answer needs: a "
                "line a row, with the columns of sample_submission.csv.",
            )

        return bounded

    async def _team_of(self, request: Request, written: object) -> Team:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = written if isinstance(written, str) else ""
        token = token.strip()
        team = await to_thread.run_sync(self._store.team_of, token) if token else None
        if team is None:
            said = "is of no team" if token else "is missing"
            raise Unfit(
                401,
                f"The token {said}: copy your team's, as the organisers gave it to you.",
                WWW_Authenticate="Bearer",
            )
        return team

    async def _file(self, form) -> tuple[str, bytes]:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Unfit(400, "There is no file in the field `file`: choose your submission.csv.")
        name = unicodedata.normalize("NFC", file.filename or "")  # as a Mac writes it, or another
        if not FILE_NAME.fullmatch(name):
            raise Unfit(
                400,
                "The file's name is a path, or holds characters that the board does not take: "
                "call it submission.csv.",
            )
        return name, await file.read()

    async def _judge(self, content: bytes, name: str) -> judging.Judged:
        if self._waiting.statistics().tasks_waiting >= MOST_WAITING:
            raise Unfit(
                503, "Many files are waiting to be scored: hand it in again.", Retry_After="10"
            )
        async with self._waiting:
            judged = await self._within_time(content, name)
        if isinstance(judged, judging.Refusal):
            raise Unfit(422, judged.told)
        return judged

    async def _within_time(self, content: bytes, name: str) -> judging.Judged | judging.Refusal:
        try:
            with anyio.fail_after(self._score_seconds):
                return await self._in_process("judge", content, name)
        except TimeoutError as error:
            raise Unfit(
                422,
                f"Scoring the file took longer than {self._score_seconds:g} seconds, and was "
                "given up. Tell the organisers if it is an answer like any other.",
            ) from error
        except anyio.BrokenWorkerProcess as error:
            raise Unfit(
                503, "Scoring the file was interrupted: hand it in again.", Retry_After="5"
            ) from error

    async def _in_process(self, what: str, *arguments: object):
        """Ask a judge in a process of its own, which is killed where we wait no longer."""
        return await to_process.run_sync(
            judging.asked,
            what,
            self._folder,
            *arguments,
            cancellable=True,
            limiter=anyio.CapacityLimiter(math.inf),  # ours is the one in which files wait
        )

    # --- pages

    async def page(self, request: Request) -> Response:
        """Show the board."""
        event, shown = await self._ranked()
        return await self._render("board.html", standing=shown, version=_version(event, shown))

    async def fragment(self, request: Request) -> Response:
        """Return the part of the board that changes, or 304 if it has not."""
        event, shown = await self._ranked()
        version = f'"{_version(event, shown)}"'
        headers = {**SAFE, "ETag": version}
        if request.headers.get("if-none-match") == version:
            return Response(status_code=304, headers=headers)
        response = await self._render("standing.html", standing=shown, version=version[1:-1])
        response.headers["ETag"] = version
        return response

    async def history(self, request: Request) -> Response:
        """Draw the history of scores."""
        async with self._drawing:
            made = await to_thread.run_sync(self._history)
        return Response(made, media_type="image/svg+xml", headers=SAFE)

    async def form(self, request: Request) -> Response:
        """Show the form for handing in."""
        return await self._render("hand_in.html", limit=self._most_bytes)

    async def team(self, request: Request) -> Response:
        """Show a team what it has handed in."""
        form = await self._form(request)
        try:
            team = await self._team_of(request, form.get("token"))
        finally:
            await form.close()
        if _wants_page(request):
            return await self._page_of(team, None, 200)
        entries = await to_thread.run_sync(self._store.entries, team)
        rows = [
            {
                "submission": entry.id,
                "file_name": entry.file_name,
                "received_at": entry.received_at.isoformat(),
                "public_score": entry.public_score,
            }
            for entry in entries
        ]
        return JSONResponse({"team": team.name, "submissions": rows}, headers=SAFE)

    async def health(self, request: Request) -> Response:
        """Say that the board and its database answer."""
        await to_thread.run_sync(self._store.mark)
        return JSONResponse({"told": "ok"}, headers=SAFE)

    async def static(self, request: Request) -> Response:
        """Send a style sheet or a script."""
        path = STATIC.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=SAFE)

    async def _page_of(self, team: Team, told: str | None, status: int) -> Response:
        entries = await to_thread.run_sync(self._store.entries, team)
        counting = next((entry.id for entry in reversed(improvements(entries))), None)
        return await self._render(
            "team.html", status, team=team, told=told, entries=entries, counting=counting
        )

    async def _render(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        event = await to_thread.run_sync(self._store.event)
        text = self._templates.get_template(template).render(
            event=event, now=self._now(), here=event.here, **values
        )
        return HTMLResponse(text, status, headers=SAFE)

    async def _ranked(self) -> tuple[Event, Standing]:
        async with self._ranking:
            mark, shown = await to_thread.run_sync(self._standing)
        return mark[0], shown

    def _standing(self) -> tuple[tuple[object, ...], Standing]:
        mark, now = self._store.mark(), self._now()
        mark = (*mark, mark[0].phase(now))
        if self._shown is None or self._shown[0] != mark:
            event, teams = mark[0], self._store.teams()
            entries, results = self._store.entries(), self._store.results()
            self._shown = mark, standing(event, teams, entries, now, results)
        return self._shown

    def _history(self) -> bytes:
        mark, shown = self._standing()
        now = self._now()
        minute = now.replace(second=0, microsecond=0)
        if self._drawn is None or self._drawn[0] != (mark, minute):
            self._drawn = (mark, minute), picture.history(mark[0], shown, now)
        return self._drawn[1]

    # --- the close

    async def _watch_for_the_close(self) -> None:
        while True:
            try:
                await self._close_if_over()
            except Unavailable as error:
                log.error("%s", error)
            except Exception:
                log.exception("The intervals were not computed: they are tried again.")
            await anyio.sleep(LOOK_AGAIN)

    async def _close_if_over(self) -> None:
        """Compute once, after the close, how sure the private scores are."""
        event, entries, results = await to_thread.run_sync(self._counting)
        counting = {entry.team_id: entry for entry in improvements(entries)}
        done = {team: result.submission_id for team, result in results.items()}
        # A file that came in time may have been scored after the close.
        if event.phase(self._now()) != "closed" or done == {
            team: entry.id for team, entry in counting.items()
        }:
            return
        ids = {entry.id: team for team, entry in counting.items()}
        contents = await to_thread.run_sync(lambda: dict(self._store.contents(list(ids))))
        with anyio.fail_after(CLOSE_SECONDS):
            draws = await self._in_process("private_draws", list(contents.values()))
        scores = [counting[ids[number]].private_score for number in contents]
        results = [
            Result(ids[number], number, *sure)
            for number, sure in zip(contents, judging.certainty(scores, draws), strict=True)
        ]
        await to_thread.run_sync(self._store.write_results, results)

    def _counting(self):
        return self._store.event(), self._store.entries(), self._store.results()

    # --- refusals

    async def refused(self, request: Request, unfit: Unfit) -> Response:
        """Say why a request is refused."""
        headers = {**SAFE, **unfit.headers}
        if _wants_page(request):
            page = await self._render("refused.html", unfit.status, told=unfit.told)
            page.headers.update(unfit.headers)
            return page
        return JSONResponse({"told": unfit.told}, unfit.status, headers=headers)

    async def unavailable(self, request: Request, error: Unavailable) -> Response:
        """Say that the database does not answer."""
        log.error("%s", error)
        told = "The board's database does not answer: try again. The same file counts once."
        headers = {**SAFE, "Retry-After": "5"}
        if _wants_page(request):  # a page as the others would ask the database
            return PlainTextResponse(told, 503, headers=headers)
        return JSONResponse({"told": told}, 503, headers=headers)

    async def unknown(self, request: Request, error: HTTPException) -> Response:
        """Say that there is no such page, or no such method."""
        headers = {**SAFE, **(error.headers or {})}
        told = {404: "There is no such page.", 405: "This page is not asked so."}
        return JSONResponse(
            {"told": told.get(error.status_code, error.detail)}, error.status_code, headers=headers
        )

    async def failed(self, request: Request, error: Exception) -> Response:
        """Say that the fault is the board's; what it is stands in its log."""
        told = "The board has made an error, and nothing was accepted. Tell the organisers."
        return JSONResponse({"told": told}, 500, headers=SAFE)


def _told(receipt: Receipt, event: Event) -> str:
    entry = receipt.entry
    how = "Accepted" if receipt.is_new else "Handed in before, and counted once,"
    best = " It is your best, so it counts." if receipt.is_best else ""
    return (
        f"{how} as submission {entry.id}: {entry.public_score:.{event.decimals}f} {event.metric} "
        f"on the public half.{best} You may hand in {receipt.left} more today."
    )


def _version(event: Event, shown: Standing) -> str:
    """Return a mark of what is shown, and of nothing else: a frozen board gives nothing away."""
    agreed = (event.quota, event.freezes_at, event.closes_at)
    return digest_of(repr((agreed, shown)).encode())[:16]


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
