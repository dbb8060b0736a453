"""Plans: they keep the time, and the order in which chapters build on each other."""

import itertools
import re

import pytest
from builders import code, markdown, notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ssplab.book import Planner, a_day, plans, timetable
from ssplab.book.extensions import teaching
from ssplab.cli import app
from ssplab.course import chapters, normal, parts
from ssplab.exercises import misunderstandings
from ssplab.system.errors import SsplabError

SLUGS = [page.stem for page in chapters()]


@pytest.fixture(scope="module")
def planner():
    return Planner()


def rows_of(plan):
    return [row for day in plan.days for sitting in day for row in sitting]


def steps_of(plan):
    return [step for row in rows_of(plan) for step in row.steps]


def faults(plan, days, planner):
    """Return what is wrong with a plan, whichever it is."""
    found = []
    for day, minutes in zip(plan.days, days, strict=True):
        for sitting, limit in zip(day, minutes, strict=True):
            worked = 0
            for row in sitting:
                for step in row.steps:
                    worked = 0 if step.kind == plans.PAUSE else worked + step.minutes
                    if step.kind in (plans.SECTIONS, plans.QUESTION):
                        found += ["no break"] * (worked > max(plans.STRETCH, step.minutes))
            found += ["beyond its time"] * (sitting[-1].ends > limit)
            ends, begins = [0, *(row.ends for row in sitting)], [row.begins for row in sitting]
            found += ["a gap"] * (ends[:-1] != begins)
            found += ["a break for nothing"] * (sitting[-1].kind == plans.PAUSE)
    steps = steps_of(plan)
    met = [step.chapter for step in steps if step.kind == plans.SECTIONS]
    order = [slug for slug, _ in itertools.groupby(met)]
    found += ["chapters are mixed"] * (order != list(plan.chapters))
    for place, slug in enumerate(order):
        needs = {*planner.chapter(slug).needs}
        found += ["before what it needs"] * bool(needs & {*order[place:]})
        found += ["needs untold"] * bool(needs - {*order[:place], *plan.must_have_done})
        parts_, asked = planner.pieces(slug)
        own = [step for step in [*steps, *plan.at_home] if step.chapter == slug]
        found += ["lost, or twice"] * (sorted(own, key=str) != sorted([*parts_, *asked], key=str))
        done = [step for step in steps if step.chapter == slug]
        found += ["another order"] * (done != [*parts_, *asked][: len(done)])
    return found


# --- what plans are made of


def test_the_pieces_of_each_chapter_are_all_of_it(planner):
    for slug in SLUGS:
        chapter = planner.chapter(slug)
        sections, questions = planner.pieces(slug)
        prose = "\n".join(source for kind, source in chapter.cells if kind == "markdown")
        titles = [title for step in sections for title in step.titles]
        assert titles == re.findall(r"^## (.+?)\s*$", prose, re.MULTILINE), slug
        assert sum(step.minutes for step in sections) == round(chapter.minutes * 4 / 3)
        assert min(step.minutes for step in sections) >= plans.PIECE
        assert sum(step.minutes for step in questions) == round(chapter.exercise.minutes * 4 / 3)
        assert [step.number for step in questions] == list(misunderstandings(slug))


def test_minutes_are_divided_by_length_and_by_stars(course, monkeypatch):
    """A section of 300 words, one of 20 lines of code, one too short to be a piece."""
    strip = "**Level** 1 of 3 · **Minutes** 45 · **Before** nothing"
    cells = [
        markdown(f"# How long?\n\n{strip}"),
        markdown("## Long\n\n" + "word " * 300),
        markdown("## Code"),
        code("\n".join(["1"] * 20)),
        markdown("## Short\n\nword word"),
    ]
    normal.write(notebook(*cells), course / "chapters/part/long.ipynb")
    asked = ["## Exercise 1 ★ One", "## Exercise 2 ★★ Two", "## Exercise 3 ★★★ Open"]
    task = notebook(markdown(f"# Your turn\n\n{strip}"), *map(markdown, asked))
    normal.write(task, course / "exercises/part/long.ipynb")
    (course / "_toc.yml").write_text(
        "format: jb-book\nroot: book/welcome\nparts:\n- caption: A part\n  chapters:\n"
        "  - file: chapters/part/long\n    sections:\n    - file: exercises/part/long\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(plans, "misunderstandings", lambda stem: {1: [], 2: []})
    sections, questions = Planner().pieces("long")
    assert [(step.titles, step.minutes) for step in sections] == [
        (("Long",), 36),
        (("Code", "Short"), 24),
    ]
    assert [(step.number, step.minutes) for step in questions] == [(1, 20), (2, 40)]


def test_what_only_helps_is_not_needed(planner):
    assert planner.chapter("duplicate-ads").needs == ("near-duplicates", "words-as-numbers")
    assert planner.needed(["first-table"]) == []
    assert planner.needed(["office-files"]) == ["first-table", "first-programs"]


# --- plans


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    wanted=st.lists(st.sampled_from(SLUGS), min_size=1, max_size=5),
    days=st.lists(st.integers(20, 480).map(a_day), min_size=1, max_size=3),
    setting_up=st.booleans(),
)
def test_a_plan_keeps_its_time_and_the_order_or_is_refused(planner, wanted, days, setting_up):
    try:
        plan = planner.plan(wanted, days, setting_up=setting_up)
    except SsplabError as error:
        assert "time" in str(error)
        return
    assert faults(plan, days, planner) == []
    assert {*plan.chapters} == {*wanted}


@pytest.mark.parametrize("part", [part.caption for part in parts() if part.chapters])
@pytest.mark.parametrize("days", [plans.SESSION, plans.HALF_DAY, plans.TWO_DAYS])
def test_each_part_has_its_plans(planner, part, days):
    pool = next([page.stem for page in one.chapters] for one in parts() if one.caption == part)
    done = [] if pool[0] == SLUGS[0] else [page.stem for page in parts()[1].chapters]
    plan = planner.longest_plan(pool, days, done)
    assert faults(plan, days, planner) == []
    assert plan.chapters[0] == pool[0]
    assert {*plan.must_have_done} <= {*done}
    practice = [step for step in steps_of(plan) if step.kind == plans.QUESTION]
    assert bool(practice) == (days != plans.SESSION)


def test_chapters_come_after_what_they_need_whatever_is_wanted_first(planner):
    plan = planner.plan(["words-as-numbers", "cleaning-labels"], plans.TWO_DAYS)
    assert plan.chapters == ("cleaning-labels", "words-as-numbers")
    assert "joining-registers" in plan.must_have_done


def test_what_trainees_have_not_done_comes_into_a_long_plan(planner):
    part_one = [page.stem for page in parts()[1].chapters]
    plan = planner.longest_plan(["web-and-rules", "job-offers"], plans.TWO_DAYS, part_one)
    assert plan.chapters == ("web-and-rules", "cleaning-labels", "job-offers")


def test_a_short_session_ends_at_a_section_and_has_no_questions(planner):
    plan = planner.plan(["first-table"], plans.SESSION)
    assert not [step for step in steps_of(plan) if step.kind == plans.QUESTION]
    assert plan.at_home[0].kind == plans.SECTIONS
    told = timetable(plan, str, str)
    assert [time for time, _ in told] == ["9:00", "9:10", "10:25"]


def test_a_long_day_is_two_sittings_with_lunch_between(planner):
    assert (a_day(240), a_day(361)) == ((240,), (180, 181))
    told = timetable(planner.plan(["first-table"], [a_day(360)], setting_up=True), str, str)
    assert ("", "Lunch") in told and any(time == "13:30" for time, _ in told)
    assert "ssplab doctor" in told[0][1]


@pytest.mark.parametrize(
    ("wanted", "days", "told"),
    [
        ([], plans.SESSION, "name one at least"),
        (["first-tabel"], plans.SESSION, "Did you mean first-table"),
        (["first-table"], [[40]], "about 100 minutes in class.*into 40 minutes.*more time"),
        (["first-table"], [[20]], "take more time"),
        (["first-table", "office-files"], plans.SESSION, "2 chapters .* take fewer chapters"),
        (["first-table"], [], "needs days"),
        (["first-table"], [[0]], "needs days"),
    ],
)
def test_what_is_impossible_is_told(planner, wanted, days, told):
    with pytest.raises(SsplabError, match=told):
        planner.plan(wanted, days)


def test_chapters_that_ask_for_each_other_are_told(planner, monkeypatch):
    monkeypatch.setitem(vars(planner.chapter("first-table")), "needs", ("pay-gap",))
    with pytest.raises(SsplabError, match="asks for another of them"):
        planner.plan(["first-table", "pay-gap"], plans.TWO_DAYS)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([2], "question 2"),
        ([1, 2], "questions 1 and 2"),
        ([1, 2, 3], "questions 1 to 3"),
        ([1, 2, 4], "questions 1, 2 and 4"),
    ],
)
def test_questions_are_named_shortly(numbers, told):
    assert plans.numbered(numbers) == told


@pytest.mark.parametrize(("minutes", "told"), [(540, "9:00"), (607, "10:05"), (658, "11:00")])
def test_times_are_told_to_five_minutes(minutes, told):
    assert plans.clock(minutes) == told


def test_the_command_prints_the_plan_and_what_comes_before():
    done = CliRunner().invoke(app, ["plan", "cleaning-labels", "--minutes", "210"])
    assert done.exit_code == 0, done.output
    for told in ["cleaning-labels: from", "Break", "Trainees must have done: first-table"]:
        assert told in done.output
    refused = CliRunner().invoke(app, ["plan", "cleaning-labels", "--minutes", "30"])
    assert isinstance(refused.exception, SsplabError)


# --- the pages


def test_the_pages_give_nothing_of_a_solution_away():
    """What an edit changes in a solution stays in the checks; the causes are all there."""
    text = teaching.mistakes("data-science")
    for page in teaching.chapters_of("data-science"):
        assert f"## {page.name}\n" in text
        for known in misunderstandings(page.stem).values():
            assert all(one.told in text for one in known)
    assert "{rows" not in text and "{label" not in text


def test_the_facts_are_those_of_all_chapters():
    text = teaching.chapter_facts()
    assert all(
        f"]({page.link}) | {page.strip['Level'][0]} | {page.minutes} |" in text
        for page in chapters()
    )


def test_the_plans_on_the_page_say_what_comes_before():
    assert "Trainees must have done" not in teaching.plans("data-science")
    text = teaching.plans("machine-learning", "data-science")
    assert text.count("Trainees must have done: [First table]") == 3
    assert text.count("| From | What |") == 3
