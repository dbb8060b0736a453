"""The pace: what a reader meets, counted on small notebooks, and when a chapter fails for it."""

import pytest
from builders import code, markdown, notebook

from ssplab.course import normal
from ssplab.verify import pace as room
from ssplab.verify import suite
from ssplab.verify.pace import LIMITS, Cell, Pace, is_explained, lines_of_code, names, pace


def new(source):
    """Return the names of one cell."""
    return names(source, set())


# --- names


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("pay.mean()", {".mean"}),
        ("len(pay)", {"len"}),
        ("pay", set()),  # a name that the notebook made
        ("_ = __name__", {"="}),
        ("from pandas import concat\nconcat(pays)", {"import", "concat"}),
        ("import pandas as pd\npd.concat(pays)", {"import", ".concat"}),
        ("pay.round(decimals=2)", {".round", "decimals="}),
        ("a = b + c * d / e - f", {"=", "+", "*", "/", "-"}),
        ("a += b ** c // d % e @ f", {"+=", "+", "**", "//", "%", "@"}),
        ("a & b | ~c", {"&", "|", "~"}),
        ("a == b != c < d <= e > f >= g", {"==", "!=", "<", "<=", ">", ">="}),
        ("a in b and c not in d or not e", {"in", "and", "or", "not"}),
        ("[a, {b: c}, (d, *e)][f:g]", {"[,]", "{}", "(,)", "*args", "[]", "slice"}),
        ("[a for b in c]", {"comprehension"}),
        ("for a in b:\n    while c:\n        d", {"for", "while"}),
        ("a if b else c", {"a if b else c"}),
        ("if a:\n    assert b", {"if", "assert"}),
        ("with a:\n    b", {"with"}),
        ("try:\n    a\nexcept KeyError:\n    b", {"try", "KeyError"}),
        ("def f(a, b=1):\n    return lambda c: c", {"def", "default", "return", "lambda"}),
        ("f'{a} {b:.2f}'", {"f-string", "format"}),
        ("f'{a}'", {"f-string"}),
        ("%matplotlib inline\n!ls\npay.sum()", {"%matplotlib inline", "!ls", ".sum"}),
        ("def (", set()),  # no plain Python: the linter says it
    ],
)
def test_a_name_is_what_a_reader_must_have_met(source, expected):
    assert new(source) == expected


def test_what_a_cell_imports_is_given_in_those_that_follow():
    imported = set()
    assert names("from numpy import log as ln", imported) == {"import"}
    assert names("ln(pay)", imported) == {"ln"}


@pytest.mark.parametrize(
    ("source", "keywords"),
    [
        ("pay.agg(highest=('net', 'max'))", set()),
        ("pay.assign(rate=1)", set()),
        ("dict(net=1)", set()),
        ("def f(wage):\n    pass\n\n\nf(wage=1)", set()),
        ("sorted(pay, reverse=True)", {"reverse="}),
        ("pay.sum(axis=1, **more)", {"axis="}),
        ("f(a)(b=1)", {"b="}),
    ],
)
def test_keywords_that_the_author_chose_are_no_names_to_learn(source, keywords):
    assert {name for name in new(source) if name.endswith("=") and name != "="} == keywords


# --- prose and lines


@pytest.mark.parametrize(
    ("name", "prose", "expected"),
    [
        (".mean", "the mean", False),
        (".mean", "`pay.mean()` is the mean", True),
        (".mean", "`pay.means`", False),
        ("axis=", "with `axis=1`", True),
        ("len", "```\nlen(pay)\n```", True),
        ("for", "A loop repeats.", True),
        ("for", "for all of them", False),
        ("[,]", "Lists hold values.", True),
        ("+", "", True),  # from school
        ("**", "`**` is to the power", True),
        ("format", "two decimals", True),
        ("default", "The default is 2.", True),
    ],
)
def test_a_name_is_explained_in_backticks_and_a_construct_by_its_word(name, prose, expected):
    assert is_explained(name, prose) is expected


def test_blank_lines_and_imports_are_no_lines_of_code():
    source = "import a\nfrom b import c\n\nimported = 1\n# as read\nif d:\n    import e\n    f()\n"
    assert lines_of_code(source) == 4


def test_words_are_those_of_prose_and_the_level_is_that_of_the_strip():
    text = "# Pay\n\n**Level** 3 of 3\n\n:::{note} not these\nTwo words.\n:::\n```python\n```\n"
    one = pace(notebook(markdown(text), markdown("Three more words."), code("pay\n")))
    assert (one.level, one.words, one.words_a_line) == (3, 11, 11)
    assert one.limits == LIMITS[3]


def test_a_chapter_without_a_level_is_of_the_second():
    one = pace(notebook(markdown("# Pay")))
    assert (one.level, one.limits, one.longest, one.most_in_a_cell) == (2, LIMITS[2], 0, 0)
    assert pace(notebook()).new == set()


def test_minutes_are_of_names_lines_and_words():
    cells = (Cell("In [1]", 20, frozenset("ab"), frozenset()),)
    assert Pace(1, 184, cells).minutes == pytest.approx(1.2 * 2 + 0.15 * 20 + 1)


# --- a chapter


def test_a_name_is_new_once_and_explained_by_prose_above_its_cell():
    nb = notebook(
        markdown("`pay.sum()` adds."),
        code("pay.sum()"),
        code("pay.sum() + pay.mean()\npay.max()"),
        markdown("`pay.mean()` and `pay.max()`, too late."),
    )
    first, second = pace(nb, known={".max"}).cells
    assert (first.prompt, first.lines, first.new, first.untold) == ("In [1]", 1, {".sum"}, set())
    assert (second.prompt, second.lines) == ("In [2]", 2)
    assert (second.new, second.untold) == ({"+", ".mean"}, {".mean"})


@pytest.mark.parametrize("tag", ["guard", "parameters", "remove-cell", "remove-input", "claims"])
def test_what_the_page_hides_shows_nothing(tag):
    nb = notebook(code("a.hidden()\nb", tag), code("a.shown()", "aggregate"))
    [cell] = pace(nb).cells
    assert (cell.prompt, cell.lines, cell.new) == ("In [2]", 1, {".shown"})


# --- the course


TOC = """format: jb-book
root: book/welcome
parts:
  - caption: One
    chapters: [{file: chapters/zero/first}, {file: chapters/zero/second}]
  - caption: Two
    chapters: [{file: chapters/alone/third}, {file: chapters/alone/fourth}]
  - caption: Three
    chapters: [{file: chapters/other/fifth}]
"""
CHAPTERS = {
    "zero/first": "a.sum()",
    "zero/second": "a.sum()\na.mean()",
    "alone/third": "a.mean()\na.log()",
    "alone/fourth": "a.log()\na.exp()",
    "other/fifth": "a.sum()\na.log()",
    "other/apart": "a.log()\na.abs()",  # in no contents yet
}


@pytest.fixture
def course(course):
    (course / "_toc.yml").write_text(TOC, encoding="utf-8")
    for place, source in CHAPTERS.items():
        write(course, place, code(source))
    return course


def write(course, place, *cells, title=("# Pay",)):
    path = course / f"chapters/{place}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    normal.write(notebook(markdown(*title), *cells), path)
    return path


def test_the_first_part_is_known_everywhere_and_another_in_itself(course):
    assert {path.stem: one.new for path, one in room.paces().items()} == {
        "first": {".sum"},
        "second": {".mean"},
        "third": {".log"},
        "fourth": {".exp"},
        "fifth": {".log"},
        "apart": {".abs"},
    }


# --- limits


def of(level=1, words=2000, lines=(6,) * 10, new_names=(4,) * 10):
    """Return a pace with so many lines and new names in its cells."""
    cells = [
        Cell(f"In [{n}]", count, frozenset(f"{n}.{i}" for i in range(fresh)), frozenset())
        for n, (count, fresh) in enumerate(zip(lines, new_names, strict=True), start=1)
    ]
    return Pace(level, words, tuple(cells))


@pytest.mark.parametrize(
    ("level", "lines", "new_names", "words", "told"),
    [
        (1, [6] * 10, [4] * 10, 1200, []),
        (1, [7] + [6] * 9, [4] * 10, 1220, ["lines in the longest cell: 7, and at most 6"]),
        (2, [11] + [6] * 9, [4] * 10, 1220, []),  # a tenth more
        (2, [12] + [6] * 9, [4] * 10, 1220, ["lines in the longest cell: 12, and at most 10"]),
        (3, [16] * 3, [4] * 3, 480, []),
        (3, [17] * 3, [4] * 3, 510, ["lines in the longest cell: 17, and at most 15"]),
        (1, [6] * 10, [5] + [4] * 9, 1200, ["new names in a cell: 5, and at most 4"]),
        (2, [6] * 10, [6] + [4] * 9, 1200, ["new names in a cell: 6, and at most 5"]),
        (3, [9] * 9, [7] + [4] * 8, 900, ["new names in a cell: 7, and at most 6"]),
        (1, [6] * 13, [4] * 12 + [1], 1500, []),  # 49 names: 45 and a tenth of 45
        (1, [6] * 13, [4] * 12 + [2], 1500, ["new names in the chapter: 50, and at most 45"]),
        (3, [9] * 11, [4] * 11, 1000, []),
        (3, [9] * 12, [4] * 11 + [1], 1000, ["new names in the chapter: 45, and at most 40"]),
        (1, [5] * 10, [1] * 10, 900, []),  # 18 words a line, a tenth less than 20
        (1, [5] * 10, [1] * 10, 899, ["words a line of code: 18, and at least 20"]),
        (2, [5] * 10, [1] * 10, 539, ["words a line of code: 11, and at least 12"]),
        (3, [5] * 10, [1] * 10, 449, ["words a line of code: 9, and at least 10"]),
        (1, [5] * 10, [1] * 10, 11_592, []),  # 82.5 minutes: 75 and a tenth of 75
        (1, [5] * 10, [1] * 10, 11_600, ["minutes, about: 83, and at most 75"]),
        (3, [5] * 10, [1] * 10, 14_700, ["minutes, about: 99, and at most 90"]),
    ],
)
def test_a_limit_is_broken_by_more_than_a_tenth(level, lines, new_names, words, told):
    faults = of(level, words, lines, new_names).faults()
    assert faults == [f"{fault} are asked at level {level}" for fault in told]


@pytest.mark.parametrize(("level", "most"), [(1, 75), (2, 90), (3, 90)])
def test_a_chapter_announces_no_more_minutes_than_its_level_may_take(level, most):
    def faults(minutes):
        strip = f"**Level** {level} of 3 · **Minutes** {minutes} · **Data** [payroll](x.md)"
        return room.pace(notebook(markdown(f"# Pay\n\n{strip}"))).faults()

    told = f"minutes announced: {most + 1}, and at most {most} are asked at level {level}"
    assert [one for one in faults(most + 1) if "announced" in one] == [told]
    assert not [one for one in faults(most) if "announced" in one]


LONG = "\n".join(f"a_{n} = {n}" for n in range(30))
FAULT = "chapters/zero/first.ipynb, lines in the longest cell: 30, and at most 10 are asked"


@pytest.mark.parametrize(
    ("title", "code_of_exit"),
    [
        (("# Pay",), 0),
        (("# Pay", "paced"), 1),
        (("# Pay\n\n**FILL IN:** the question.", "paced"), 0),
    ],
    ids=["not-declared", "declared", "draft"],
)
def test_only_a_declared_chapter_that_is_finished_fails(course, capsys, title, code_of_exit):
    write(course, "zero/first", code(LONG), title=title)
    assert room.main([]) == code_of_exit
    printed = capsys.readouterr().out
    assert printed.startswith(FAULT) is bool(code_of_exit)
    held = "held to this" if code_of_exit else "not held to this"
    assert f"chapters/zero/first.ipynb, level 2: {held}\n" in printed


def test_a_declared_chapter_that_keeps_the_pace_passes(course):
    prose = markdown("`=` binds a name, and `a.sum()` adds what is in it. " * 3)
    write(course, "zero/first", prose, code("total = a.sum()"), title=("# Pay", "paced"))
    assert room.main(["first"]) == 0


def test_the_report_is_of_the_chapters_named_and_says_which_cells(course, capsys):
    write(course, "zero/second", code("a.b.c.d.e.f.g"), code("a.sum()\na.mean()"))
    assert room.main(["second"]) == 0
    printed = capsys.readouterr().out
    assert "zero/first" not in printed
    assert "chapters/zero/second.ipynb, level 2: not held to this\n" in printed
    assert "Too many new names: In [1] 6\n" in printed
    assert "Used before it is explained: In [1] .b .c .d .e .f .g; In [2] .mean\n" in printed


# --- in the suite


def test_the_suite_runs_it_for_chapters_and_shows_it_though_all_is_well(course, monkeypatch, capfd):
    steps = {step.name: step for step in suite.steps(["first"])}
    assert steps["pace"].arguments == ("ssplab.verify.pace", "first")
    assert "pace" in [step.name for step in suite.quick(suite.steps())]
    normal.write(notebook(code("a = 1")), course / "solutions/part/pay.ipynb")
    assert "pace" not in [step.name for step in suite.steps(["solutions/part/pay.ipynb"])]

    monkeypatch.setattr(suite, "steps", lambda names: [steps["pace"]])
    assert suite.run(["first"]) == 0
    assert "chapters/zero/first.ipynb, level 2: not held to this" in capfd.readouterr().out
    write(course, "zero/first", code(LONG), title=("# Pay", "paced"))
    assert suite.run(["first"]) == 1
    assert f"pace: {FAULT}" in capfd.readouterr().out
    places = suite._run_step(steps["pace"]).places  # without the tables
    assert {place.partition(", ")[0] for place in places} == {"chapters/zero/first.ipynb"}
