"""Begin the board of an event from the organisers' archive."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ssplab.board.judging import Judge, Refusal
from ssplab.board.store import Event, Store, check_dates
from ssplab.kits import submission, unpacked
from ssplab.system import SsplabError

NEEDED = (
    "edition.json",
    "baseline.csv",
    "metric.py",
    "data/test.parquet",
    "data/test_truth.parquet",
)


def create(
    archive: Path,
    url: str,
    *,
    closes_at: str,
    freezes_at: str | None = None,
    quota: int,
    zone: str,
    now: datetime,
) -> Event:
    """Begin a board: write what is agreed, and the archive, into a new database.

    Parameters
    ----------
    archive : Path
        The organisers', as `ssplab kit build` writes it.
    url : str
        Of the database; see `Store`.
    closes_at, freezes_at : str
        Such as `2026-03-19T16:00`, in the time zone of the event.
    quota : int
        Files that a team may hand in a day.
    zone : str
        Such as `Europe/Paris`.
    now : datetime
        When it is made.

    Raises
    ------
    SsplabError
        If the archive is not the organisers', if a date is none, has passed or contradicts the
        other, or if the database holds a board already.
    """
    event = _agreed(archive, closes_at, freezes_at, quota, zone, now)
    with Store(url, is_new=True) as store:
        store.begin(event, archive.read_bytes())
    return event


def change(
    store: Store,
    *,
    closes_at: str | None = None,
    freezes_at: str | None = None,
    quota: int | None = None,
    reopen: bool = False,
    now: datetime,
) -> Event:
    """Agree otherwise on what is given; return what is agreed then.

    Parameters
    ----------
    store : Store
    closes_at, freezes_at, quota : optional
        As of `create`.
    reopen : bool
        Whether a board that has closed, and has shown private scores, may open again.
    now : datetime

    Raises
    ------
    SsplabError
        If nothing is given, if a date is none, has passed or contradicts the other, or if the board
        has closed and is not to be opened again.
    """
    event = store.event()
    zone = event.zone
    if event.phase(now) == "closed" and not reopen:
        raise SsplabError(
            f"The board closed on {event.here(event.closes_at):%d %B %Y at %H:%M} and has shown "
            "private scores: whoever hands in now may have seen them. If nobody has, say --reopen."
        )
    dates = {"closes_at": closes_at, "freezes_at": freezes_at}
    agreed: dict[str, object] = {
        name: to_come(text, zone, now) for name, text in dates.items() if text is not None
    }
    if quota is not None:
        agreed["quota"] = quota
    if not agreed:
        raise SsplabError("Say what is to change: --closes, --freezes or --quota.")
    return store.change(**agreed)


def moment(text: str, zone: str) -> datetime:
    """Return a date and time that is written as `2026-03-19T16:00`, in a time zone.

    Raises
    ------
    SsplabError
        If it is none, or if there is no such zone.
    """
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:  # OSError for a folder of zones
        raise SsplabError(f"There is no time zone {zone!r}: write it as Europe/Paris.") from error
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise SsplabError(
            f"{text!r} is no date and time: write it as 2026-03-19T16:00, or '2026-03-19 16:00'."
        ) from error
    # In UTC, in which no hour comes twice.
    return (when.replace(tzinfo=place) if when.tzinfo is None else when).astimezone(UTC)


def to_come(text: str, zone: str, now: datetime) -> datetime:
    """Return a moment that is still to come; see `moment`.

    Raises
    ------
    SsplabError
        If it is none, or has passed.
    """
    when = moment(text, zone)
    if when <= now:
        raise SsplabError(f"{text} ({zone}) has passed: name a moment to come.")
    return when


def _agreed(
    archive: Path, closes_at: str, freezes_at: str | None, quota: int, zone: str, now: datetime
) -> Event:
    if not archive.is_file():
        raise SsplabError(
            f"{archive} is not there. It is the second archive that `ssplab kit build` writes, "
            "SLUG-LABEL-organiser.zip."
        )
    with unpacked(archive) as folder:
        if missing := [name for name in NEEDED if not (folder / name).is_file()]:
            raise SsplabError(
                f"{archive} has no {' and no '.join(missing)}: it is not the organisers' archive, "
                "SLUG-LABEL-organiser.zip."
            )
        facts = submission.read_facts(folder)
        judge = Judge(folder)
        if not 0 < judge.is_public.sum() < len(judge.is_public):
            raise SsplabError(f"{archive}: the test part has one {facts['group']}: no two halves.")
        baseline = judge.judge((folder / "baseline.csv").read_bytes(), "baseline.csv")
        if isinstance(baseline, Refusal):
            raise SsplabError(f"{archive}: {baseline.told}")
    event = Event(
        kit=facts["kit"],
        edition=facts["edition"],
        title=facts["title"],
        metric=facts["metric"]["name"],
        decimals=facts["metric"]["decimals"],
        baseline_public=next(iter(baseline.public.values())),
        baseline_private=next(iter(baseline.private.values())),
        quota=quota,
        freezes_at=None if freezes_at is None else to_come(freezes_at, zone, now),
        closes_at=to_come(closes_at, zone, now),
        zone=zone,
        created_at=now,
    )
    check_dates(event)
    return event
