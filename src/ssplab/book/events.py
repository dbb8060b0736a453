"""What happens when: `book/lab/events.yml`, shown by pages and written as iCalendar files.

RFC 5545; the package icalendar writes them, with the rules of the time zone in them. Reading
groups, seminars, workshops and hackathons all stand in the one file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Calendar
from icalendar import Event as Component
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PositiveInt

from ssplab.book.forms import LAB, SLUG, Text, check_names, read_form, reference_keys
from ssplab.course import Page, course_root, pages, sessions
from ssplab.system import SsplabError

SOURCE = f"{LAB}/events.yml"
CALENDAR_FILE = f"{LAB}/events.ics"
SESSIONS_FILE = "reading-groups/sessions.ics"
DOMAIN = "python-for-official-statistics.example"  # RFC 2606; a UID must not change
READING_GROUP = "reading group"
Kind = Literal["seminar", "workshop", "reading group", "hackathon"]


def _is_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no time zone is called so; it is one such as Europe/Paris")
    return name


def _is_quoted(value: object) -> object:
    if isinstance(value, int):  # YAML 1.1 reads 12:30 as a number to the base of sixty
        raise ValueError('an hour stands in quotation marks: "12:30"')
    return value


Hour = Annotated[time, BeforeValidator(_is_quoted)]


class Usual(BaseModel):
    """What events of a kind have unless they say otherwise."""

    model_config = ConfigDict(extra="forbid")

    begins: Hour | None = None
    minutes: PositiveInt | None = None
    place: Text = ""


class Entry(BaseModel):
    """An event as the file says it."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    day: date
    session: str | None = None
    """Of a reading group: the session that it takes, whose page has the title."""
    name: str | None = None
    """Of any other: what agendas know it by, whatever day it is moved to."""
    title: Text | None = None
    days: PositiveInt = 1
    """Of an event without an hour, which takes whole days."""
    begins: Hour | None = None
    minutes: PositiveInt | None = None
    place: Text | None = None
    about: Text | None = None
    """A sentence more, in Markdown."""
    page: str | None = None
    """A page of the course that tells more, as in `_toc.yml`."""
    sources: list[str] = []
    """Keys of `book/references.bib`, for what has been."""
    example: bool = False
    """Whether it is there to be changed, and nobody will meet."""
    cancelled: bool = False


class Calendars(BaseModel):
    """What `events.yml` says."""

    model_config = ConfigDict(extra="forbid")

    timezone: Annotated[str, AfterValidator(_is_zone)] = "Europe/Paris"
    revised: date = date(2000, 1, 1)
    """The day of the last change: agendas tell a newer calendar by it."""
    usual: dict[Kind, Usual] = {}
    events: list[Entry] = []


@dataclass(frozen=True)
class Event:
    """An event, with what is usual for its kind and what its page says."""

    name: str
    kind: str
    title: str
    begins: date | datetime
    """A day where it takes whole days."""
    ends: date | datetime
    """When it is over; of whole days the day after the last, as iCalendar has it."""
    place: str
    entry: Entry
    page: Page | None
    revised: date

    @property
    def day(self) -> date:
        """The day of its beginning."""
        return self.entry.day

    @property
    def last_day(self) -> date:
        """The day of its end."""
        if isinstance(self.begins, datetime):
            return self.ends.date()
        return self.ends - timedelta(days=1)


def events(kind: str | None = None) -> list[Event]:
    """Return the events in the order of their days, of one kind or all; none without a file.

    Raises
    ------
    SsplabError
        If the file is not YAML, breaks its form, or names a session, a page or a reference that is
        not there.
    """
    path = course_root() / SOURCE
    if not path.is_file():
        return []
    said = read_form(Calendars, path.read_text(encoding="utf-8"), SOURCE)
    found: dict[str, Event] = {}
    for number, entry in enumerate(said.events):
        event = _event(entry, said, f"events.{number}")
        if event.name in found:
            raise SsplabError(
                f"{SOURCE} has two events {event.name}: agendas would take them for one. "
                "A session has one day; another event needs a name of its own."
            )
        found[event.name] = event
    chosen = [event for event in found.values() if kind in (None, event.kind)]
    return sorted(chosen, key=lambda event: (event.day, event.name))


def _event(entry: Entry, said: Calendars, place: str) -> Event:
    usual = said.usual.get(entry.kind, Usual())
    name, title, page = _identity(entry, place)
    check_names(entry.sources, reference_keys(), SOURCE, f"{place}.sources")
    hour, minutes = entry.begins or usual.begins, entry.minutes or usual.minutes
    begins, ends = entry.day, entry.day + timedelta(days=entry.days)
    if hour is not None:
        if minutes is None:
            raise SsplabError(f"{SOURCE}, {place}: it begins at {hour:%H:%M}, so give its minutes.")
        if entry.days > 1:
            raise SsplabError(
                f"{SOURCE}, {place}: an event of {entry.days} days takes whole days. "
                f"Leave out the hour, also under usual, or give each day an event."
            )
        begins = datetime.combine(entry.day, hour, ZoneInfo(said.timezone))
        ends = begins + timedelta(minutes=minutes)
    return Event(
        name, entry.kind, title, begins, ends, entry.place or usual.place, entry, page, said.revised
    )


def _identity(entry: Entry, place: str) -> tuple[str, str, Page | None]:
    """Return an event's name, its title and the page that tells more."""
    if entry.session is not None:
        if entry.kind != READING_GROUP or entry.name or entry.title or entry.page:
            raise SsplabError(
                f"{SOURCE}, {place}: only a {READING_GROUP} has a session, and the session's page "
                "has its title: leave out name, title and page."
            )
        known = {page.slug: page for page in sessions()}
        check_names([entry.session], known, SOURCE, f"{place}.session")
        return entry.session, known[entry.session].title, known[entry.session]
    if not (entry.name and SLUG.fullmatch(entry.name)) or entry.title is None:
        raise SsplabError(
            f"{SOURCE}, {place}: give it a title and a name, of small letters, digits and hyphens."
        )
    if entry.page is not None:
        check_names([entry.page], pages(), SOURCE, f"{place}.page")
    return entry.name, entry.title, Page(entry.page) if entry.page else None


def calendar_of(found: Sequence[Event], name: str, *, base: str = "") -> Calendar:
    """Return events as a calendar.

    Parameters
    ----------
    found : sequence of Event
    name : str
        What agendas call the calendar.
    base : str
        The address at which the book is served; without it, events name their page in words.

    Returns
    -------
    Calendar
        The same bytes for the same events and base.
    """
    made = Calendar()
    made.add("prodid", "-//Python for Official Statistics//the lab//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", name)
    for event in found:
        made.add_component(_component(event, base))
    if any(isinstance(event.begins, datetime) for event in found):
        days = [event.day for event in found]
        # By a year after the last day the clocks of every zone have changed both ways.
        made.add_missing_timezones(min(days), max(days) + timedelta(days=366))
    return made


def _component(event: Event, base: str) -> Component:
    made = Component()
    made.add("uid", f"{event.name}@{DOMAIN}")
    made.add("dtstamp", datetime.combine(event.revised, time(), UTC))
    made.add("dtstart", event.begins)
    made.add("dtend", event.ends)
    example = "Example: " if event.entry.example else ""
    made.add("summary", f"{example}{event.kind.capitalize()}: {event.title}")
    told = [event.title]
    if event.page:
        told.append(f"In the course: {event.page.file}")
        if base:
            made.add("url", f"{base.rstrip('/')}/{event.page.file}.html")
    made.add("description", "\n".join(told))
    made.add("categories", [event.kind])
    if event.place:
        made.add("location", event.place)
    if event.entry.cancelled:
        made.add("status", "CANCELLED")
    elif event.entry.example:
        made.add("status", "TENTATIVE")
    return made


def when(day: date) -> str:
    """Return a day as the page shows it."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def hours(event: Event) -> str:
    """Return when an event is, as the page shows it: its day or days, and its hours if it has."""
    if isinstance(event.begins, datetime):
        return f"{when(event.day)}, {event.begins:%H:%M} to {event.ends:%H:%M}"
    if event.last_day == event.day:
        return when(event.day)
    return f"{when(event.day)} to {when(event.last_day)}"


def kinds() -> tuple[str, ...]:
    """Return the kinds of events, in the order of the page's filter."""
    return get_args(Kind)
