"""When the reading group meets: `reading-groups/calendar.yml`, and the same as an iCalendar file.

RFC 5545; the package icalendar writes it, with the rules of the time zone in it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import yaml
from icalendar import Calendar, Event
from pydantic import AfterValidator, BaseModel, ConfigDict, PositiveInt, ValidationError

from ssplab.course import Page, course_root, sessions
from ssplab.system import SsplabError, from_yaml, model_faults, nearest

SOURCE = "reading-groups/calendar.yml"
CALENDAR_FILE = "reading-groups/sessions.ics"
DOMAIN = "python-for-official-statistics.example"  # RFC 2606; a UID must not change


def _is_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no time zone is called so; it is one such as Europe/Paris")
    return name


class Meetings(BaseModel):
    """What `calendar.yml` says."""

    model_config = ConfigDict(extra="forbid")

    timezone: Annotated[str, AfterValidator(_is_zone)] = "Europe/Paris"
    begins: time = time(12, 30)
    minutes: PositiveInt = 60
    place: str = ""
    revised: date = date(2000, 1, 1)
    """The day of the last change: agendas tell a newer calendar by it."""
    dates: dict[str, date] = {}
    """By a session's slug; one that is not there has no date yet."""


def calendar() -> Meetings:
    """Return when the sessions are; where there is no `calendar.yml`, none has a date.

    Raises
    ------
    SsplabError
        If the file is not YAML, breaks its form, or dates a session that is not in `_toc.yml`.
    """
    path = course_root() / SOURCE
    if not path.is_file():
        return Meetings()
    try:
        meetings = Meetings.model_validate(from_yaml(path.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as error:
        raise SsplabError(f"{SOURCE} is not YAML: {error}") from error
    except ValidationError as error:
        told = "; ".join(model_faults(error, "calendar"))
        raise SsplabError(f"{SOURCE} breaks its form: {told}.") from error
    slugs = [session.slug for session in sessions()]
    for slug in meetings.dates:
        if slug not in slugs:
            raise SsplabError(
                f"{SOURCE} dates {slug}, which is no session of _toc.yml. {nearest(slug, slugs)}"
            )
    return meetings


def calendar_of(pages: Sequence[Page]) -> Calendar:
    """Return the sessions that have a date as a calendar.

    Parameters
    ----------
    pages : sequence of Page
        The sessions' pages.

    Raises
    ------
    SsplabError
        As `calendar`.
    """
    meetings = calendar()
    made = Calendar()
    made.add("prodid", "-//Python for Official Statistics//reading groups//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", "Reading group: Python for Official Statistics")
    for page in pages:
        if page.slug in meetings.dates:
            made.add_component(_event(page, meetings))
    if meetings.dates:
        made.add_missing_timezones(min(meetings.dates.values()), _year_after(meetings.dates))
    return made


def _event(page: Page, meetings: Meetings) -> Event:
    begins = datetime.combine(
        meetings.dates[page.slug], meetings.begins, ZoneInfo(meetings.timezone)
    )
    event = Event()
    event.add("uid", f"{page.slug}@{DOMAIN}")
    event.add("dtstamp", datetime.combine(meetings.revised, time(), UTC))
    event.add("dtstart", begins)
    event.add("dtend", begins + timedelta(minutes=meetings.minutes))
    event.add("summary", f"Reading group: {page.title}")
    event.add("description", f"{page.title}\nIn the course: reading-groups/{page.slug}/session")
    if meetings.place:
        event.add("location", meetings.place)
    return event


def _year_after(dates: Mapping[str, date]) -> date:
    """Return a day by which the clocks of every zone have changed both ways since the last date."""
    return max(dates.values()) + timedelta(days=366)


def when(day: date | None) -> str:
    """Return a date as the page shows it."""
    return f"{day:%A} {day.day} {day:%B %Y}" if day else "not yet set"
