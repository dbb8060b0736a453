"""Twenty invented exports, and the report on them that the book shows.

`python tests/class_of_twenty.py`, in the course's environment, stores the report anew.
"""

import io
import json
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

import ssplab
from ssplab.course import course_root
from ssplab.exercises import misunderstandings
from ssplab.learner import achievements, read_class

SHOWN = "book/class-of-twenty.txt"
EXERCISES = [f"{stem}/{n}" for stem in ("first-table", "first-programs") for n in (1, 2, 3, 4)]
HARD = "first-table/4"
"""Of the invented class, the exercise that most do not get right."""
TRAINEES = 20


def done(name, *, right=True, attempts=1, mistakes=(), hints=0, solution=False, day="2026-03-02"):
    """Return what an export says of an exercise."""
    return {
        "exercise": name,
        "right": right,
        "attempts": attempts,
        "mistakes": list(mistakes),
        "hints": hints,
        "solution_opened": solution,
        "first_day": day,
        "last_day": day,
    }


def export(pseudonym, *exercises, **more):
    """Return an export of the present format."""
    return {
        "course": achievements.COURSE,
        "format": achievements.FORMAT,
        "course_version": ssplab.__version__,
        "pseudonym": pseudonym,
        "exercises": list(exercises),
    } | more


def invented(number=TRAINEES, seed=7):
    """Yield the exports of an invented class of herons, none of whom is anybody.

    A trainee comes as far as chance lets them; `HARD` is got wrong by most who reach it, nearly
    always in the way that its checks record first.
    """
    draw = random.Random(seed)
    for trainee in range(number):
        reached = draw.randint(3, len(EXERCISES))
        answered = []
        for name in EXERCISES[:reached]:
            stem, _, question = name.partition("/")
            known = [one.name for one in misunderstandings(stem)[int(question)]]
            fails = draw.random() < (0.7 if name == HARD else 0.15)
            wrong = draw.randint(2, 5) if fails else draw.randint(0, 2)
            met = known[:1] if name == HARD else draw.sample(known, min(wrong, 2))
            answered.append(
                done(
                    name,
                    right=not fails,
                    attempts=wrong + (not fails),
                    mistakes=met if wrong else (),
                    hints=draw.randint(0, 3) if wrong else 0,
                    solution=fails and draw.random() < 0.5,
                    day=f"2026-03-{draw.randint(2, 6):02}",
                )
            )
        yield export(f"heron-{trainee + 1}", *answered)


def collect(folder, *contents):
    """Write exports, or texts in their place, as `01.json` and so on."""
    for number, content in enumerate(contents, 1):
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{number:02}.json").write_text(text, encoding="utf-8")


def shown(report, width=80):
    """Return what a terminal of a width shows, without spaces at the ends of lines."""
    console = Console(file=io.StringIO(), width=width)
    console.print(report)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def report_shown():
    """Return the report on the invented class as the book shows it."""
    with tempfile.TemporaryDirectory() as folder:
        collect(Path(folder), *invented())
        report = read_class(Path(folder))
    return shown(replace(report, untouched=0))  # a number that each new chapter would change


if __name__ == "__main__":
    (course_root() / SHOWN).write_text(report_shown(), encoding="utf-8")
