"""A whole course of one chapter, with its solution, its exercise and a twin, built in seconds."""

import shutil

from builders import code, markdown, notebook
from small_book import small_book

from ssplab import authoring
from ssplab.course import course_root, normal
from ssplab.notebooks import refresh
from ssplab.system import write_text

STEM, TWIN = "pay", "toy_firms"
CHAPTER, SOLUTION, EXERCISE = (
    f"{kind}/part/{STEM}.ipynb" for kind in ("chapters", "solutions", "exercises")
)
CHECKS = f"checks/part/{STEM}.py"
MACHINE = ("src", "tests", "pyproject.toml")
"""What the course consists of beside its content: it is the course's own, copied."""

CONTENTS = """\
format: jb-book
root: book/welcome
parts:
  - caption: Pay
    chapters:
      - file: book/glossary
      - file: chapters/part/pay
        sections:
          - file: exercises/part/pay
            title: Exercise
          - file: solutions/part/pay
            title: Solution
  - caption: Data sets
    chapters:
      - file: book/parts/data-sets
"""
PAGES = {
    "book/welcome": "# A tiny course\n\nIt has one chapter.\n",
    "book/glossary": "# Glossary\n\nA median is the value in the middle.\n",
    "book/parts/data-sets": "# Data sets: all cards\n\nThere is one.\n",
}
STRIP = "**Level** 1 of 3 · **Minutes** 10 · **Data** toy_firms · **Before** nothing"

# A chapter: a number, and a figure that needs no large library
PARAMETERS = f'data = "{TWIN}"\nseed = 2026\nscale = 1'
NUMBER = """\
pays = [11, 12, 15, 19, 48]
total = sum(pays)
mean = total / len(pays)
ordered = sorted(pays)
middle = len(pays) // 2
median = ordered[middle]
print("mean", mean)
print("median", median)"""
FIGURE = """\
from io import BytesIO

import PIL.Image
from IPython.display import Image, display
from PIL import ImageDraw

picture = PIL.Image.new("RGB", (200, 100), "white")
for place, pay in enumerate(pays):
    left = 10 + 35 * place
    ImageDraw.Draw(picture).rectangle((left, 95 - pay, left + 25, 95), fill="blue")
drawn = BytesIO()
picture.save(drawn, format="png")
display(Image(data=drawn.getvalue()))"""
ALT = "Bars of five pays from 11 to 48 euros: four are below 20, the last stands far above them."

# Its exercise, in two steps
MEDIAN = """\
ordered = sorted(pays)
number = len(ordered)
middle = number // 2
is_odd = number % 2 == 1
lower = ordered[middle if is_odd else middle - 1]
upper = ordered[middle]
median = (lower + upper) / 2"""
CHECKED = '''"""Checks and hints of the exercise `pay`."""

from statistics import mean, median

from ssplab.exercises import Exercise, compare, mistake
from ssplab.system import _

PAYS = [11.25, 12.5, 15.75, 19.5, 48.5]
HINTS = _(
    """
Look at the values first.

Each counts, or only the one in the middle.
"""
)


def _middle() -> float:
    return median(PAYS)


def _average() -> float:
    return mean(PAYS)


MEDIAN = Exercise(
    expects=_("a number in euros"),
    answer=_middle,
    conditions=compare.number(
        _middle,
        mistakes=[
            mistake("mean", _average, "This is the mean, which the last value draws up."),
            mistake("largest", lambda: max(PAYS), "This is the largest value."),
        ],
    ),
    praise=_("Half of the values lie below it."),
    hints=HINTS,
)
MEAN = Exercise(
    expects=_("a number in euros"),
    answer=_average,
    conditions=compare.number(
        _average,
        mistakes=[
            mistake("median", _middle, "This is the median: the mean counts each value."),
            mistake("total", lambda: sum(PAYS), "This is the total: divide it."),
        ],
    ),
    praise=_("Each value counts."),
    hints=HINTS,
)

EXERCISES = {1: MEDIAN, 2: MEAN}
'''


def tiny_course(folder, monkeypatch):
    """Make in `folder` a course as ours is, with all that `ssplab test` runs on it.

    Parameters
    ----------
    folder : Path
        It is made the course (`SSPLAB_ROOT`), with its own copy of the machine, for as long as
        `monkeypatch` lasts.
    monkeypatch : pytest.MonkeyPatch
    """
    original = course_root()
    folder.mkdir()
    small_book(folder)
    for name in MACHINE:
        if (original / name).is_dir():
            shutil.copytree(original / name, folder / name)
        else:
            shutil.copyfile(original / name, folder / name)
    monkeypatch.setenv("SSPLAB_ROOT", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder / "src"))
    for page, text in PAGES.items():
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        write_text(text, folder / f"{page}.md")
    write_text(CONTENTS, folder / "_toc.yml")
    authoring.new_data(TWIN)
    (folder / CHECKS).parent.mkdir(parents=True)
    write_text(CHECKED, folder / CHECKS)
    normal.write(_chapter(), folder / CHAPTER)
    normal.write(_solution(), folder / SOLUTION)
    refresh(progress=False)


def _chapter():
    drawn = code(FIGURE)
    drawn.metadata["mystnb"] = {"image": {"alt": ALT}}
    return notebook(
        markdown(f"# Who is paid what?\n\n{STRIP}\n\n**FILL IN:** the question."),
        code(PARAMETERS, "parameters"),
        code(NUMBER),
        drawn,
    )


def _solution():
    return notebook(
        markdown("# Solution: pay\n\n**FILL IN:** the question."),
        code("from ssplab import check\n\npays = [11.25, 12.5, 15.75, 19.5, 48.5]"),
        markdown("## Exercise 1 ★ The median"),
        code(MEDIAN, "solution"),
        code(f'check("{STEM}/1", median)'),
        markdown("## Exercise 2 ★ The mean"),
        code("mean = sum(pays) / len(pays)", "solution"),
        code(f'check("{STEM}/2", mean)'),
    )
