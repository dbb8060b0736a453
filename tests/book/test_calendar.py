"""When the reading group meets: the calendar's form, what is wrong with one, and iCalendar."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from ssplab.book.calendar import calendar, calendar_of, when
from ssplab.course import sessions
from ssplab.system import SsplabError

CONTENTS = """\
format: jb-book
root: book/welcome
parts:
  - caption: Reading groups
    chapters:
      - file: reading-groups/pay/session
      - file: reading-groups/sums/session
"""
CALENDAR = """\
begins: "17:30"
minutes: 90
place: Room 3
revised: 2026-11-27
dates: {pay: 2027-07-01, sums: 2027-12-02}
"""


@pytest.fixture
def group(course):
    """A course of two sessions; returns a function that writes its calendar."""
    (course / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    for slug in ("pay", "sums"):
        (course / "reading-groups" / slug).mkdir(parents=True)
        page = course / "reading-groups" / slug / "session.md"
        page.write_text(f"# What of {slug}?\n", encoding="utf-8")

    def write(text):
        (course / "reading-groups" / "calendar.yml").write_text(text, encoding="utf-8")

    return write


def test_an_agenda_reads_the_hour_where_the_group_meets_in_summer_and_winter(group):
    group(CALENDAR)
    read = icalendar.Calendar.from_ical(calendar_of(sessions()).to_ical())
    events = read.walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [
        "Reading group: What of pay?",
        "Reading group: What of sums?",
    ]
    paris = ZoneInfo("Europe/Paris")
    begins = [event.decoded("dtstart") for event in events]
    assert begins == [datetime(2027, 7, 1, 17, 30, tzinfo=paris),
                      datetime(2027, 12, 2, 17, 30, tzinfo=paris)]  # fmt: skip
    assert [begin.utcoffset().total_seconds() for begin in begins] == [7200, 3600]
    assert events[0].decoded("dtend") == datetime(2027, 7, 1, 19, tzinfo=paris)
    assert len({str(event["uid"]) for event in events}) == 2
    assert [str(zone["tzid"]) for zone in read.walk("VTIMEZONE")] == ["Europe/Paris"]


def test_the_same_calendar_is_the_same_file(group):
    group(CALENDAR)
    assert calendar_of(sessions()).to_ical() == calendar_of(sessions()).to_ical()


def test_a_session_without_a_date_is_in_no_agenda(group):
    group("dates: {sums: 2027-12-02}")
    assert len(calendar_of(sessions()).walk("VEVENT")) == 1
    assert when(calendar().dates.get("pay")) == "not yet set"
    assert when(date(2027, 12, 2)) == "Thursday 2 December 2027"


def test_without_a_calendar_no_session_has_a_date(group):
    assert calendar().dates == {}
    assert calendar_of(sessions()).walk("VEVENT") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dates: {payy: 2027-12-02}", "dates payy, which is no session.*pay"),
        ("timezone: Paris", "timezone: .*such as Europe/Paris"),
        ("minutes: 0", "minutes: "),
        ("hour: 12", "hour: Extra inputs"),
        ("dates: {pay: soon}", "dates.pay: "),
        ("dates: [", "is not YAML"),
    ],
)
def test_what_is_wrong_with_a_calendar_is_said(group, text, told):
    group(text)
    with pytest.raises(SsplabError, match=told):
        calendar()
