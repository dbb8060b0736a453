"""What happens when: the form of the events, what is wrong with it, and iCalendar."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from ssplab.book.events import READING_GROUP, SOURCE, calendar_of, events, hours
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
USUAL = """\
revised: 2026-11-27
usual:
  reading group: {begins: "17:30", minutes: 90, place: Room 3}
events:
"""
GROUPS = f"""\
{USUAL}
  - {{kind: reading group, session: sums, day: 2027-12-02}}
  - {{kind: reading group, session: pay, day: 2027-07-01}}
"""
OTHERS = f"""\
{GROUPS}
  - {{kind: hackathon, name: first, title: The first, day: 2027-03-08, days: 2, example: true}}
  - kind: workshop
    name: scraping
    title: On scraping
    day: 2027-03-01
    begins: "09:00"
    minutes: 210
    page: book/welcome
    cancelled: true
"""
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def write(course):
    """A course of two sessions; returns a function that writes its events."""
    (course / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    for slug in ("pay", "sums"):
        (course / "reading-groups" / slug).mkdir(parents=True)
        page = course / "reading-groups" / slug / "session.md"
        page.write_text(f"# What of {slug}?\n", encoding="utf-8")
    (course / "book/lab").mkdir(parents=True)
    return lambda text: (course / SOURCE).write_text(text, encoding="utf-8")


def in_an_agenda(found, **options):
    """Return what icalendar reads of a calendar, by the first part of each UID."""
    read = icalendar.Calendar.from_ical(calendar_of(found, "A calendar", **options).to_ical())
    return read, {str(one["uid"]).partition("@")[0]: one for one in read.walk("VEVENT")}


def test_an_agenda_reads_the_hour_where_the_group_meets_in_summer_and_winter(write):
    write(GROUPS)
    read, found = in_an_agenda(events(READING_GROUP))
    assert [str(event["summary"]) for event in found.values()] == [
        "Reading group: What of pay?",
        "Reading group: What of sums?",
    ]
    begins = [event.decoded("dtstart") for event in found.values()]
    assert begins == [datetime(2027, 7, 1, 17, 30, tzinfo=PARIS),
                      datetime(2027, 12, 2, 17, 30, tzinfo=PARIS)]  # fmt: skip
    assert [begin.utcoffset().total_seconds() for begin in begins] == [7200, 3600]
    assert found["pay"].decoded("dtend") == datetime(2027, 7, 1, 19, tzinfo=PARIS)
    assert str(found["pay"]["location"]) == "Room 3"
    assert [str(zone["tzid"]) for zone in read.walk("VTIMEZONE")] == ["Europe/Paris"]


def test_an_agenda_reads_whole_days_an_example_and_what_is_cancelled(write):
    write(OTHERS)
    _, found = in_an_agenda(events(), base="https://statistics.example/python")
    assert list(found) == ["scraping", "first", "pay", "sums"]  # by their days
    first = found["first"]
    assert (first.decoded("dtstart"), first.decoded("dtend")) == (
        date(2027, 3, 8),
        date(2027, 3, 10),  # iCalendar's end is not in the event
    )
    assert (str(first["summary"]), str(first["status"])) == (
        "Example: Hackathon: The first",
        "TENTATIVE",
    )
    assert "status" not in found["pay"]
    assert str(found["scraping"]["status"]) == "CANCELLED"
    assert str(found["scraping"]["url"]) == "https://statistics.example/python/book/welcome.html"
    assert "url" not in in_an_agenda(events())[1]["scraping"]
    assert found["pay"]["categories"].cats == ["reading group"]


def test_the_same_events_are_the_same_file(write):
    write(OTHERS)
    once, again = (calendar_of(events(), "A calendar").to_ical() for _ in range(2))
    assert once == again


def test_one_kind_can_be_taken_alone(write):
    write(OTHERS)
    assert [event.name for event in events("workshop")] == ["scraping"]
    assert {event.kind for event in events(READING_GROUP)} == {READING_GROUP}


def test_pages_show_hours_days_and_spans(write):
    write(OTHERS)
    assert [hours(event) for event in events()] == [
        "Monday 1 March 2027, 09:00 to 12:30",
        "Monday 8 March 2027 to Tuesday 9 March 2027",
        "Thursday 1 July 2027, 17:30 to 19:00",
        "Thursday 2 December 2027, 17:30 to 19:00",
    ]


def test_without_a_file_nothing_happens(write):
    assert events() == []
    assert calendar_of([], "A calendar").walk("VEVENT") == []


ENTRY = "{kind: seminar, name: a, title: A, day: 2027-03-01"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            "{kind: reading group, session: payy, day: 2027-12-02}",
            r"events\.0\.session: there is no payy.*pay",
        ),
        ("{kind: party, name: a, title: A, day: 2027-03-01}", r"events\.0\.kind: .*seminar"),
        (f"{ENTRY}, hour: 12}}", r"events\.0\.hour: Extra inputs"),
        ("{kind: seminar, name: a, title: A, day: soon}", r"events\.0\.day: "),
        ("{kind: seminar, name: a, title: A}", r"events\.0\.day: Field required"),
        ("{kind: seminar, day: 2027-03-01, title: A}", r"events\.0: give it a title and a name"),
        ("{kind: seminar, session: pay, day: 2027-03-01}", r"events\.0: only a reading group"),
        (f"{ENTRY}, begins: 12:30, minutes: 60}}", r"events\.0\.begins: .*quotation marks"),
        (f'{ENTRY}, begins: "12:30"}}', r"events\.0: it begins at 12:30, so give its minutes"),
        (f'{ENTRY}, begins: "12:30", minutes: 60, days: 2}}', "an event of 2 days takes whole"),
        (f"{ENTRY}, page: book/welcom}}", r"events\.0\.page: there is no book/welcom\. Did.*come"),
        (f"{ENTRY}, sources: [nobody2018]}}", r"events\.0\.sources: there is no nobody2018"),
        (f"{ENTRY}}}\n  - {ENTRY}}}", "two events a"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(write, entry, told):
    write(f"{USUAL}  - {entry}\n")
    with pytest.raises(SsplabError, match=f"{SOURCE}.*{told}"):
        events()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timezone: Paris", "timezone: .*such as Europe/Paris"),
        ("usual: {seminar: {minutes: 0}}", r"usual\.seminar\.minutes: "),
        ("events: [", "is not YAML"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(write, text, told):
    write(text)
    with pytest.raises(SsplabError, match=told):
        events()
