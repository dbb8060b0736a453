"""The database of a board: the event, its teams, what they have handed in.

What is answered as accepted has been committed. A file counts once for a team, so that a client
which has heard no answer hands the same file in again.
"""

import contextlib
import hashlib
import os
import secrets
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import event as listening
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnection

from ssplab.system import SsplabError

DEFAULT_URL = "sqlite:///board.db"
NAME_LENGTH = 40  # characters of a team's name
PATIENCE = 30  # seconds that a writer waits for another
DRIVER = "requirements-board.txt"


class Moment(sa.TypeDecorator):
    """A time with its zone, kept in UTC; SQLite would forget the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        """Return what is stored."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value, dialect):
        """Return what was meant."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = sa.MetaData()
EVENT = sa.Table(
    "event",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kit", sa.String, nullable=False),
    sa.Column("edition", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("metric", sa.String, nullable=False),
    sa.Column("decimals", sa.Integer, nullable=False),
    sa.Column("baseline_public", sa.Float, nullable=False),
    sa.Column("baseline_private", sa.Float, nullable=False),
    sa.Column("quota", sa.Integer, nullable=False),
    sa.Column("freezes_at", Moment, nullable=True),
    sa.Column("closes_at", Moment, nullable=False),
    sa.Column("zone", sa.String, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("archive", sa.LargeBinary, nullable=False),
)
TEAM = sa.Table(
    "team",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("folded", sa.String, nullable=False, unique=True),
    sa.Column("token_hash", sa.String, nullable=False, unique=True),
    sa.Column("created_at", Moment, nullable=False),
)
SUBMISSION = sa.Table(
    "submission",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("team_id", sa.ForeignKey("team.id"), nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("file_name", sa.String, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("public", sa.JSON, nullable=False),
    sa.Column("private", sa.JSON, nullable=False),
    sa.Column("public_score", sa.Float, nullable=False),
    sa.Column("private_score", sa.Float, nullable=False),
    sa.UniqueConstraint("team_id", "digest"),
    sa.Index("of_team_and_day", "team_id", "day"),
)
RESULT = sa.Table(
    "result",
    METADATA,
    sa.Column("team_id", sa.ForeignKey("team.id"), primary_key=True),
    sa.Column("submission_id", sa.ForeignKey("submission.id"), nullable=False),
    sa.Column("low", sa.Float, nullable=False),
    sa.Column("high", sa.Float, nullable=False),
    sa.Column("level_with_first", sa.Boolean, nullable=False),
)
# No query for the rules or the page reads the archive or a file.
OF_EVENT = [column for column in EVENT.c if column.name != "archive"]


@dataclass(frozen=True)
class Event:
    """What is agreed for a hackathon.

    Parameters
    ----------
    kit, edition, title, metric : str
        As the edition's `kit.json` has them.
    decimals : int
        Of a score that is shown.
    baseline_public, baseline_private : float
        What the kit's baseline scores on each half of the test part.
    quota : int
        Files that a team may hand in a day.
    freezes_at : datetime or None
        From then on the page stays as it is until the close.
    closes_at : datetime
        From then on nothing is accepted, and the private half ranks.
    zone : str
        The time zone of days, quotas and of the page, such as `Europe/Paris`.
    created_at : datetime
        When the board was made.
    """

    kit: str
    edition: str
    title: str
    metric: str
    decimals: int
    baseline_public: float
    baseline_private: float
    quota: int
    freezes_at: datetime | None
    closes_at: datetime
    zone: str
    created_at: datetime

    def phase(self, now: datetime) -> str:
        """Return `open`, `frozen` or `closed`."""
        if now >= self.closes_at:
            return "closed"
        return "frozen" if self.freezes_at and now >= self.freezes_at else "open"

    def here(self, moment: datetime) -> datetime:
        """Return a moment in the time zone of the event."""
        return moment.astimezone(ZoneInfo(self.zone))

    def day(self, moment: datetime) -> date:
        """Return the day of a moment, where the event is."""
        return self.here(moment).date()

    def next_day(self, moment: datetime) -> datetime:
        """Return when the next day begins, where the event is."""
        zone = ZoneInfo(self.zone)
        return datetime.combine(self.day(moment) + timedelta(days=1), time(), zone)


@dataclass(frozen=True)
class Team:
    """A team by its number and its name."""

    id: int
    name: str


@dataclass(frozen=True)
class Entry:
    """A submission without its content.

    `public_score` and `private_score` are by the metric that ranks.
    """

    id: int
    team_id: int
    received_at: datetime
    file_name: str
    public_score: float
    private_score: float


@dataclass(frozen=True)
class Result:
    """How sure the private score of a team is, by the submission that counts.

    `low` and `high` are the bounds of an interval of 90 %; `level_with_first` tells whether the
    difference to the first team could as well be zero.
    """

    team_id: int
    submission_id: int
    low: float
    high: float
    level_with_first: bool


@dataclass(frozen=True)
class Receipt:
    """What became of a file that was handed in."""

    entry: Entry
    is_new: bool
    """False for the same file once more."""
    left: int
    """How many more the team may hand in that day."""
    is_best: bool
    """Whether it has the team's best public score so far, alone."""


class Closed(Exception):
    """The event is over; a file that was accepted before keeps its receipt."""


class QuotaReached(Exception):
    """The team has handed in all that it may that day."""


class Unavailable(SsplabError):
    """The database does not answer; nothing was accepted."""


class Store:
    """A board's database, and a context manager that leaves it.

    Parameters
    ----------
    url : str
        Of SQLAlchemy: `sqlite:///board.db`, `postgresql://user:password@host/name`.
    is_new : bool
        Whether it is to be made; otherwise it must hold a board.

    Raises
    ------
    SsplabError
        If there is no such database, no driver for it, or no board in it.
    """

    def __init__(self, url: str = DEFAULT_URL, *, is_new: bool = False):
        self._engine = _engine(url, is_new)
        self._writing = self._engine.execution_options(writes=True)
        self._shown = self._engine.url.render_as_string(hide_password=True)
        try:
            self._check_board(is_new)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the database; it is opened again by whoever asks the store something."""
        self._engine.dispose()

    def _check_board(self, is_new: bool) -> None:
        try:
            has_board = sa.inspect(self._engine).has_table(EVENT.name)
        except SQLAlchemyError as error:
            raise SsplabError(
                f"The database {self._shown} does not answer: {_first_line(error)}. "
                "Is its address right, and is it running?"
            ) from error
        if is_new and has_board:
            raise SsplabError(
                f"{self._shown} holds a board already: `ssplab board serve` opens it, `ssplab "
                "board change` sets other dates. Name another --database for another event."
            )
        if not is_new and not has_board:
            raise SsplabError(
                f"{self._shown} holds no board: `ssplab board create` begins one, and --database "
                "says where an existing one is."
            )

    # --- the event

    def begin(self, event: Event, archive: bytes) -> None:
        """Make the tables and write the event, with the archive that scores it."""
        with self._transaction() as connection:
            METADATA.create_all(connection)
            connection.execute(EVENT.insert().values(id=1, **vars(event), archive=archive))

    def event(self) -> Event:
        """Return what is agreed."""
        with self._reading() as connection:
            return _event(connection)

    def archive(self) -> bytes:
        """Return the organisers' archive: it holds the truth."""
        with self._reading() as connection:
            return connection.execute(sa.select(EVENT.c.archive)).scalar_one()

    def change(self, **agreed: object) -> Event:
        """Agree otherwise on `quota`, `freezes_at` or `closes_at`; return what is agreed then.

        Raises
        ------
        SsplabError
            If the board would freeze after it has closed.
        """
        with self._transaction() as connection:
            connection.execute(EVENT.update().values(**agreed))
            event = _event(connection)
            check_dates(event)
            connection.execute(RESULT.delete())  # of a close that may be another one now
        return event

    # --- the teams

    def add_teams(self, names: list[str], now: datetime) -> dict[str, str]:
        """Add teams, all or none; return the token of each, which is kept nowhere.

        Raises
        ------
        SsplabError
            If a name is empty, too long, or taken.
        """
        cleaned = [_cleaned(name) for name in names]
        tokens = {name: _new_token() for name in cleaned}
        if len(tokens) != len({name.casefold() for name in cleaned}) or len(tokens) != len(names):
            raise SsplabError("Two of these teams have the same name: give each its own.")
        rows = [
            {
                "name": name,
                "folded": name.casefold(),
                "token_hash": _hashed(token),
                "created_at": now,
            }
            for name, token in tokens.items()
        ]
        with self._transaction() as connection:
            known = sa.select(TEAM.c.name).where(TEAM.c.folded.in_([row["folded"] for row in rows]))
            taken = connection.execute(known).scalars().all()
            try:
                if not taken:
                    connection.execute(TEAM.insert(), rows)
            except IntegrityError:  # somebody else adds it at this moment
                taken = cleaned
            if taken:
                raise SsplabError(
                    f"There is a team {', '.join(sorted(taken))} already. `ssplab board token` "
                    "gives it a new token, if it has lost its own."
                )
        return tokens

    def new_token(self, name: str) -> str:
        """Give a team another token; the former one is worth nothing from now on.

        Raises
        ------
        SsplabError
            If there is no such team.
        """
        token = _new_token()
        chosen = TEAM.c.folded == _cleaned(name).casefold()
        with self._transaction() as connection:
            done = connection.execute(
                TEAM.update().where(chosen).values(token_hash=_hashed(token))
            ).rowcount
        if not done:
            names = ", ".join(sorted(team.name for team in self.teams())) or "none yet"
            raise SsplabError(f"There is no team {name}. There are: {names}.")
        return token

    def teams(self) -> list[Team]:
        """Return all teams, in the order in which they came."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(TEAM.c.id, TEAM.c.name).order_by(TEAM.c.id))
            return [Team(*row) for row in rows]

    def team_of(self, token: str) -> Team | None:
        """Return the team that a token is of."""
        chosen = TEAM.c.token_hash == _hashed(token)
        with self._reading() as connection:
            row = connection.execute(sa.select(TEAM.c.id, TEAM.c.name).where(chosen)).first()
        return None if row is None else Team(*row)

    # --- what is handed in

    def known(self, team: Team, digest: str, received_at: datetime) -> Receipt | None:
        """Return the receipt of a file that the team has handed in before; None if it may be new.

        Raises
        ------
        Closed, QuotaReached
            As `accept`.
        """
        with self._reading() as connection:
            return _known(connection, _event(connection), team, digest, received_at)

    def accept(
        self,
        team: Team,
        *,
        content: bytes,
        file_name: str,
        received_at: datetime,
        public: dict[str, float],
        private: dict[str, float],
    ) -> Receipt:
        """Write a submission down for good, and return its receipt.

        Parameters
        ----------
        team : Team
            Who hands it in.
        content : bytes
            The file, as it came.
        file_name : str
            What the team calls it.
        received_at : datetime
            When all of it had come: what counts for the quota and for the close.
        public, private : dict of str to float
            Its metrics on each half of the test part, the one that ranks first.

        Raises
        ------
        Closed
            If the event was over.
        QuotaReached
            If the team had handed in all that it may that day.
        Unavailable
            If the database does not answer.
        """
        digest = digest_of(content)
        with self._transaction() as connection:
            # Two files of one team wait for each other, so that neither exceeds the quota.
            locked = sa.select(TEAM.c.id).where(TEAM.c.id == team.id).with_for_update()
            connection.execute(locked)
            event = _event(connection)
            if known := _known(connection, event, team, digest, received_at):
                return known
            best = _best(connection, team)
            values = {
                "team_id": team.id,
                "received_at": received_at,
                "file_name": file_name,
                "public_score": next(iter(public.values())),
                "private_score": next(iter(private.values())),
            }
            number = connection.execute(
                SUBMISSION.insert().values(
                    **values,
                    digest=digest,
                    day=event.day(received_at),
                    content=zlib.compress(content),
                    public=public,
                    private=private,
                )
            ).inserted_primary_key[0]
            left = event.quota - _handed_in(connection, event, team, received_at)
        entry = Entry(id=number, **values)
        return Receipt(entry, True, left, best is None or entry.public_score > best)

    def entries(self, team: Team | None = None) -> list[Entry]:
        """Return the submissions of a team, or of all, in the order in which they came."""
        columns = [SUBMISSION.c[name] for name in Entry.__dataclass_fields__]
        query = sa.select(*columns).order_by(SUBMISSION.c.received_at, SUBMISSION.c.id)
        if team is not None:
            query = query.where(SUBMISSION.c.team_id == team.id)
        with self._reading() as connection:
            return [Entry(*row) for row in connection.execute(query)]

    def contents(self, ids: list[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield the number and the file of submissions, one in memory at a time."""
        query = sa.select(SUBMISSION.c.id, SUBMISSION.c.content).order_by(SUBMISSION.c.id)
        if ids is not None:
            query = query.where(SUBMISSION.c.id.in_(ids))
        with self._reading() as connection:
            rows = connection.execution_options(yield_per=10).execute(query)
            for number, content in rows:
                yield number, zlib.decompress(content)

    def metrics(self) -> dict[int, tuple[dict[str, float], dict[str, float]]]:
        """Return all metrics of each submission by its number, public ones and private ones."""
        query = sa.select(SUBMISSION.c.id, SUBMISSION.c.public, SUBMISSION.c.private)
        with self._reading() as connection:
            return {row.id: (row.public, row.private) for row in connection.execute(query)}

    def mark(self) -> tuple[object, ...]:
        """Return what changes whenever something else is to be shown."""
        numbers = sa.select(sa.func.count(), sa.func.max(SUBMISSION.c.id)).select_from(SUBMISSION)
        teams = sa.select(sa.func.count()).select_from(TEAM)
        results = sa.select(sa.func.count()).select_from(RESULT)
        with self._reading() as connection:
            return (
                _event(connection),
                *connection.execute(numbers).one(),
                connection.execute(teams).scalar_one(),
                connection.execute(results).scalar_one(),
            )

    # --- the close

    def results(self) -> dict[int, Result]:
        """Return by team how sure its private score is; nothing before that was computed."""
        with self._reading() as connection:
            rows = [Result(*row) for row in connection.execute(sa.select(RESULT))]
        return {row.team_id: row for row in rows}

    def write_results(self, results: list[Result]) -> None:
        """Write how sure the private scores are, in the place of what stood there."""
        with self._transaction() as connection:
            connection.execute(RESULT.delete())
            if results:
                connection.execute(RESULT.insert(), [vars(result) for result in results])

    # --- the connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with _told(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with _told(), self._writing.begin() as connection:
            yield connection


def digest_of(content: bytes) -> str:
    """Return what tells a file from every other one."""
    return hashlib.sha256(content).hexdigest()


def check_dates(event: Event) -> None:
    """Raise SsplabError if the dates of an event contradict each other."""
    if event.freezes_at and event.freezes_at > event.closes_at:
        freezes, closes = event.here(event.freezes_at), event.here(event.closes_at)
        raise SsplabError(
            f"The board would freeze on {freezes:%d %B %Y at %H:%M}, after it has closed on "
            f"{closes:%d %B %Y at %H:%M}."
        )


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell the database's own trouble apart from what callers raise."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnection) as error:
        raise Unavailable(
            f"The board's database does not answer ({_first_line(error)}): nothing was written."
        ) from error


def _engine(url: str, is_new: bool) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise SsplabError(
            f"{url!r} is no address of a database: write it as {DEFAULT_URL}, or as "
            "postgresql://user:password@host/name."
        ) from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite:
        _prepare_file(parsed.database, is_new)
    try:
        engine = sa.create_engine(
            parsed,
            connect_args={"timeout": PATIENCE} if is_sqlite else {"connect_timeout": PATIENCE},
            pool_pre_ping=not is_sqlite,
            hide_parameters=True,  # no score or token in a log
        )
    except (ImportError, SQLAlchemyError) as error:
        raise SsplabError(
            f"No driver for {parsed.drivername} is here ({_first_line(error)}). For PostgreSQL: "
            f"python -m pip install --require-hashes -r {DRIVER}"
        ) from error
    if is_sqlite:
        listening.listen(engine, "connect", _set_up_sqlite)
        listening.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_file(name: str | None, is_new: bool) -> None:
    if not name or name == ":memory:":
        raise SsplabError("A board in memory would be lost: name a file, as in " + DEFAULT_URL)
    path = Path(name)
    if not is_new:
        if not path.is_file():
            raise SsplabError(
                f"{path} is not there: `ssplab board create` begins a board, and --database says "
                "where an existing one is."
            )
        return
    try:
        # It holds the truth: nobody else's to read, from the moment it exists.
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise SsplabError(
            f"{path} cannot be a database: {error.strerror or error}. Name another --database."
        ) from error


def _set_up_sqlite(connection, record) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")  # the page is read while files come in
    cursor.execute("PRAGMA synchronous = FULL")  # a commit outlives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer that begins as a reader would be refused instead of waiting for the other writer.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _event(connection: sa.Connection) -> Event:
    row = connection.execute(sa.select(*OF_EVENT)).one()._asdict()
    del row["id"]
    return Event(**row)


def _known(
    connection: sa.Connection, event: Event, team: Team, digest: str, received_at: datetime
) -> Receipt | None:
    columns = [SUBMISSION.c[name] for name in Entry.__dataclass_fields__]
    row = connection.execute(
        sa.select(*columns).where(SUBMISSION.c.team_id == team.id, SUBMISSION.c.digest == digest)
    ).first()
    left = event.quota - _handed_in(connection, event, team, received_at)
    if row is not None:
        entry = Entry(*row)
        return Receipt(entry, False, max(left, 0), entry.public_score == _best(connection, team))
    if received_at >= event.closes_at:
        raise Closed
    if left <= 0:
        raise QuotaReached
    return None


def _handed_in(connection: sa.Connection, event: Event, team: Team, moment: datetime) -> int:
    chosen = (SUBMISSION.c.team_id == team.id) & (SUBMISSION.c.day == event.day(moment))
    query = sa.select(sa.func.count()).select_from(SUBMISSION).where(chosen)
    return connection.execute(query).scalar_one()


def _best(connection: sa.Connection, team: Team) -> float | None:
    query = sa.select(sa.func.max(SUBMISSION.c.public_score))
    return connection.execute(query.where(SUBMISSION.c.team_id == team.id)).scalar_one()


def _cleaned(name: str) -> str:
    """Return a team's name as it is shown."""
    cleaned = unicodedata.normalize("NFC", " ".join(name.split()))
    if not cleaned or len(cleaned) > NAME_LENGTH or not cleaned.isprintable():
        raise SsplabError(
            f"{name[:NAME_LENGTH]!r} is no name of a team: it needs 1 to {NAME_LENGTH} characters "
            "that can be printed."
        )
    return cleaned


def _new_token() -> str:
    return secrets.token_hex(24)  # begins with no hyphen, which a command takes for an option


def _hashed(token: str) -> str:
    # A token has 192 random bits: a slow hash, as passwords need, would add nothing.
    return hashlib.sha256(token.encode()).hexdigest()


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
