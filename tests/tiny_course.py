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
CHECKS = f"checks/part/{STEM}.yml"
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
TRY_IT = """\
::::{admonition} Try it
Which pay is the highest? Write one line.

:::{dropdown} One answer
```python
max(pays)
```

```text
48
```

It is four times the lowest.
:::
::::"""
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
CHECKED = """\
1:
  expects: a number in euros
  hints: [Look at the values first., "Each counts, or only the one in the middle."]
  praise: Half of the values lie below it.
  compare: {kind: number}
  wrong:
    - name: mean
      code: median = sum(pays) / len(pays)
      told: This is the mean, which the last value draws up.
    - name: largest
      code: median = max(pays)
      told: This is the largest value.
2:
  expects: a number in euros
  hints: [Look at the values first., "Each counts, or only the one in the middle."]
  praise: Each value counts.
  compare: {kind: number}
  wrong:
    - name: median
      code: mean = sorted(pays)[len(pays) // 2]
      told: "This is the median: the mean counts each value."
    - name: total
      from: / len(pays)
      to: ""
      told: "This is the total: divide it."
"""


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
    monkeypatch.delenv("SSPLAB_BUILT_BOOK", raising=False)  # which is not of this course
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
        markdown(TRY_IT),
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
