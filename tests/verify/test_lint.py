"""The lint: a clean notebook of each kind, and for each rule one change that breaks just that."""

from copy import deepcopy

import pytest
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat.v4 import new_output

from ssplab.course import normal
from ssplab.data import MARK, NEEDS_SPARK, spark_cells
from ssplab.owndata.disclosure import MIME
from ssplab.verify import lint as room
from ssplab.verify.lint import lint
from ssplab.verify.rules import ALL, RULES, STORED, UNPACED

STEM = "pay"
PICTURE = png()
ALT = "Bars of mean pay: group b earns as much as group a, 1 euro an hour."
TABLE = new_output("execute_result", {"text/html": "<table>", "text/plain": "pay"})
SAFE = new_output("display_data", TABLE.data | {MIME: {"masked": 0}})
NOT_RUN = {spark_cells.MIME: {}, "text/plain": "Not run"}
CHOICES = "".join(
    f":::{{dropdown}} {choice}\n{told}\n:::\n"
    for choice, told in {"a": "No. It is less.", "b": "Yes. It is so.", "c": "No. Not yet."}.items()
)
QUIZ = "## Three questions\n\n" + "".join(f"**{n}. Which?**\n\n{CHOICES}" for n in (1, 2, 3))
DRAFT = "**FILL IN:** the question."


def chapter():
    cells = [
        markdown("# Who is paid what?"),
        code('data = "payroll"\nseed = 1\nscale = 1', "parameters"),
        code("print(12)", outputs=[stdout("12\n")]),
        markdown("The pay is [high](../../book/references.md#pay)."),
        markdown(QUIZ, "quiz"),
    ]
    for number in range(3):
        cell = code(f"draw([1, {number}])")
        cell.outputs = [figure_output(PICTURE)]
        cell.metadata["mystnb"] = {"image": {"alt": ALT}}
        cells.append(cell)
    return executed(notebook(*cells))


def session():
    """A notebook of twelve results, two slides."""
    cells = [
        markdown("# Who is paid what?"),
        code("seed = 1", "parameters", "remove-cell"),
        *(code(f"print({number})", outputs=[stdout(f"{number}\n")]) for number in range(11)),
        markdown("## The pay is [high](../../book/references.md#pay)."),
        code("draw([1, 2])", outputs=[figure_output(PICTURE)]),
    ]
    cells[-1].metadata["mystnb"] = {"image": {"alt": ALT}}
    for cell in (cells[0], cells[-2]):
        cell.metadata["slideshow"] = {"slide_type": "slide"}
    return executed(notebook(*cells))


def solution():
    cells = [markdown("# Solution: pay"), code("from ssplab import check")]
    for number in range(1, 5):
        cells += [
            markdown(f"## Exercise {number} ★"),
            code(f"answer = {number}", "solution"),
            code(f'check("{STEM}/{number}", answer)', outputs=[stdout("Right")]),
        ]
    cells[1].outputs = [figure_output(PICTURE)]
    cells[1].metadata["mystnb"] = {"image": {"alt": ALT}}
    return executed(notebook(*cells))


def exercise():
    nb = solution()
    nb.cells[0].source = "# Exercise: pay"
    for cell in code_cells(nb):
        cell.outputs, cell.execution_count = [], None
        cell.metadata.clear()
    return nb


def executed(nb):
    for number, cell in enumerate(code_cells(nb), start=1):
        cell.execution_count = number
    return nb


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


CLEAN = {
    "chapters": chapter(),
    "solutions": solution(),
    "exercises": exercise(),
    "reading-groups": session(),
    "kits": chapter(),
}


def put(source, tags=()):
    """Return a change: another source for the second code cell."""

    def change(nb):
        cell = code_cells(nb)[1]
        cell.source, cell.outputs = source, []
        cell.metadata.setdefault("tags", []).extend(tags)

    return change


def aggregate(source, *outputs):
    """Return a change: the second code cell is tagged, with another source and its outputs."""

    def change(nb):
        put(source, ["aggregate"])(nb)
        code_cells(nb)[1].outputs = list(outputs)

    return change


def put_markdown(source, *tags):
    def change(nb):
        nb.cells.append(markdown(source, *tags))
        nb.cells[-1].id = "added"

    return change


def output(*args, **fields):
    def change(nb):
        code_cells(nb)[1].outputs.append(new_output(*args, **fields))

    return change


def metadata(**fields):
    return lambda nb: code_cells(nb)[1].metadata.update(fields)


def slide_type(name):
    def change(nb):
        nb.cells[-2].metadata["slideshow"] = {"slide_type": name}

    return change


def figure_cell(nb):
    return next(cell for cell in nb.cells if "mystnb" in cell.metadata)


def drop_figure(nb):
    cell = figure_cell(nb)
    cell.outputs = []
    del cell.metadata["mystnb"]


def six_more_figures(nb):
    cell = figure_cell(nb)
    cell.outputs = cell.outputs * 7


def drop_last_exercise(nb):
    del nb.cells[-3:]


def replace(old, new):
    def change(nb):
        for cell in nb.cells:
            cell.source = cell.source.replace(old, new)

    return change


def renumber(nb):
    code_cells(nb)[3].execution_count = 40


def unrun_exercise(nb):
    code_cells(nb)[1].execution_count = 1


def same_id(nb):
    nb.cells[2].id = nb.cells[1].id


def without_id(nb):
    del nb.cells[2]["id"]


def heavy(nb):
    figure_cell(nb).outputs[0].data["image/png"] += "A" * 1_000_000


def as_jpeg_too(nb):
    figure_cell(nb).outputs[0].data["image/jpeg"] = PICTURE


def describe(alt):
    def change(nb):
        figure_cell(nb).metadata["mystnb"] = {"image": {"alt": alt}} if alt else {}

    return change


FOLDED = {"tags": ["remove-input"], "jupyter": {"source_hidden": True}}
GUARD = {"tags": ["guard", "remove-cell"], "jupyter": {"source_hidden": True}}


def guard(source, **other):
    """Return a change: the second code cell guards, with another source and other metadata."""

    def change(nb):
        put(source)(nb)
        code_cells(nb)[1].metadata.update(GUARD | other)

    return change


def quiz_cell(nb):
    return next(cell for cell in nb.cells if "quiz" in cell.metadata.get("tags", []))


def quiz(old, new):
    """Return a change of the first `old` of the quiz."""

    def change(nb):
        cell = quiz_cell(nb)
        assert old in cell.source
        cell.source = cell.source.replace(old, new, 1)

    return change


def declare(nb):
    """Let the chapter keep the pace; its figures are drawn one below the other."""
    nb.cells[0].metadata["tags"] = ["paced"]


CAPTION = "*Mean pay by group. Source: payroll declarations, May 2023.*"


def caption(text):
    """Return a change: the chapter keeps the pace, and below each of its figures stands a text."""

    def change(nb):
        declare(nb)
        for number, cell in enumerate([cell for cell in nb.cells if "mystnb" in cell.metadata]):
            below = markdown(text)
            below.id = f"below-{number}"
            nb.cells.insert(nb.cells.index(cell) + 1, below)

    return change


BREAKS = [
    ("kernelspec", ALL, lambda nb: nb.metadata.kernelspec.update(name="conda-env-me")),
    ("language-version", ALL, lambda nb: nb.metadata.language_info.update(version="3.11.2")),
    ("papermill", ALL, lambda nb: nb.metadata.update(papermill={})),
    ("papermill", ALL, metadata(papermill={})),
    ("papermill", ALL, metadata(tags=["injected-parameters"])),
    ("timing", ALL, metadata(execution={"iopub.execute_input": "2023"})),
    ("cell-ids", ALL, same_id),
    ("cell-ids", ALL, without_id),
    ("cell-ids", ALL, lambda nb: nb.update(nbformat_minor=4)),
    ("size", ("chapters", "reading-groups"), heavy),
    ("executed", STORED, renumber),
    ("stored-output", ("chapters",), lambda nb: code_cells(nb)[1].outputs.clear()),
    ("stored-output", STORED, put("pay = 3\nrank = 1\npay")),
    ("stored-output", STORED, put("pay = 3\nrank = 1\npay['a']")),
    ("stored-output", STORED, put("pay = 3\nrank = 1\ndisplay(pay)")),
    ("stored-output", ("solutions",), lambda nb: figure_cell(nb).outputs.clear()),
    ("no-outputs", ("exercises",), output("stream", text="Right")),
    ("no-outputs", ("exercises",), unrun_exercise),
    ("error-output", STORED, output("error", ename="KeyError", evalue="pay", traceback=[])),
    ("stderr-output", STORED, output("stream", name="stderr", text="FutureWarning: pay")),
    ("memory-address", STORED, output("stream", text="<Line2D at 0x7f3a5c1d2e90>")),
    ("memory-address", STORED, output("display_data", data={"text/html": "0x55d1c8a0"})),
    ("estimator-html", STORED, output("display_data", data={"text/html": "#sk-top-container"})),
    ("figure-format", STORED, as_jpeg_too),
    ("figure-alt", STORED, describe(None)),
    ("figure-alt-trivial", STORED, describe("A plot of pay")),
    ("figure-alt-trivial", STORED, describe("Figure of the mean pay in each of the two groups")),
    ("plain-python", ALL, put("%matplotlib inline\npay = 1\nrank = 2")),
    ("plain-python", ALL, put("!pip list\npay = 1\nrank = 2")),
    ("long-cell", UNPACED, put("\n".join(f"pay_{n} = {n}" for n in range(26)))),
    ("semicolon", ALL, put("pay = 1\nrank = 2\nsorted([pay, rank]);")),
    ("names", ALL, put("df = 1\npay = 1\nrank = 2")),
    ("names", ALL, put("for tmp in [1]:\n    pay = tmp\n    rank = 2")),
    ("names", ALL, put("pay = 1\nrank = 2\ndouble = lambda x: 2 * x")),
    ("names", ALL, put("import pandas as x\npay = 1\nrank = 2")),
    ("machine-path", ALL, put("pay = 1\nrank = 2\nfolder = '/home/me/pay.csv'")),
    ("machine-path", ALL, put("pay = 1\nrank = 2\nfolder = r'C:\\Users\\me'")),
    ("machine-path", ALL, put_markdown("The file is in /tmp/pay.")),
    ("machine-path", STORED, output("stream", text="reads /srv/data/pay.csv")),
    ("network", ALL, put("pay = 1\nrank = 2\ntable = read('https://example.org/pay.csv')")),
    ("network", ALL, put("pay = 1\nrank = 2\nsource = 'ftp://example.org/pay.csv'")),
    ("network", ALL, put("pay = 1\nrank = 2\nsource = 'http://site.example.org/pay.csv'")),
    ("computed-link", ALL, put("pay = 1\nrank = 2\ntold = 'See [it](../glossary.md#term-a).'")),
    ("computed-link", ALL, put("pay = 1\nrank = 2\ntold = f'{pay} [here](first-table.ipynb)'")),
    ("clock", ALL, put("import time\npay = 1\nstart = time.time()")),
    ("clock", ALL, put("rank = 1\npay = 1\nstart = perf_counter()")),
    ("clock", ALL, put("rank = 1\npay = 1\nday = pd.Timestamp.now()")),
    ("clock", ALL, put("rank = 1\npay = 1\nday = datetime.date.today()")),
    ("unseeded", ALL, put("pay = 1\nrank = 2\ndraw = np.random.normal(size=3)")),
    ("unseeded", ALL, put("pay = 1\nrank = 2\nnp.random.seed(3)")),
    ("unseeded", ALL, put("pay = 1\nrank = 2\nrng = np.random.default_rng()")),
    ("unseeded", ALL, put("pay = 1\nrank = 2\ndraw = random.random()")),
    ("folded-prose", STORED, put("# Say it.\npay = 3\nprose = Markdown(f'Pay is {pay}.')")),
    ("comparison-escape", ALL, put("pay = 1\nrank = 2\nlast = 3", tags=["nbval-skip"])),
    ("comparison-escape", ALL, put("pay = 1\nrank = 2\nlast = 3", tags=["raises-exception"])),
    ("comparison-escape", ALL, put("# NBVAL_IGNORE_OUTPUT\nrank = 2\nlast = 3")),
    ("title", ("chapters",), lambda nb: nb.cells[0].update(source="Pay\n" + "pay " * 1600)),
    ("title", ("solutions",), lambda nb: nb.cells[0].update(source="# Exercise: pay")),
    ("title", ("exercises",), lambda nb: nb.cells[0].update(source="# Solution: pay")),
    ("title", ALL, put_markdown("# Another title")),
    ("empty-cell", ALL, put_markdown(" \n")),
    ("myst-role", ALL, put_markdown("See {cite}`hampel1974`.")),
    ("myst-role", ALL, put_markdown("```{note}\nThe {term}`MAD` is robust.\n```")),
    ("myst-role", ALL, put_markdown("```{glue:figure} pay\n```")),
    ("parameters", ("chapters",), lambda nb: code_cells(nb)[0].metadata.clear()),
    ("parameters", ("chapters",), replace("scale = 1", "size = 1")),
    ("parameters", ("chapters",), replace('data = "payroll"', 'data = "my-extract"')),
    ("parameter-kept", ("chapters", "reading-groups"), put("pay = 1\nrank = 2\nseed = 3")),
    ("parameter-kept", ("chapters", "reading-groups"), put("for seed in [1]:\n    pay = seed")),
    ("aggregate-prints", ("chapters",), aggregate("pay = 1\nrank = 2\nprint(rank)", stdout("2"))),
    ("aggregate-prints", ("chapters",),
     aggregate("pay = 1\nprint('pay', pay)\nprint('ok')", stdout("pay 1\nok"))),
    ("aggregate-prints", ("chapters",),
     aggregate("pay = 1\nrank = 2\nprint(f'{pay.head(3)}')", stdout("0  1"))),
    ("aggregate-prints", ("chapters",),
     aggregate("def tell(pay):\n    print(pay)\ntell(1)", stdout("1"))),
    ("aggregate-tables", ("chapters",), aggregate("pay = 1\nrank = 2\npay", TABLE)),
    ("aggregate-figures", ("chapters",),
     lambda nb: figure_cell(nb).metadata.update(tags=["aggregate"])),
    ("general", ("chapters",), put_markdown("In the twin it is so.", "general")),
    ("general", ("chapters",), metadata(tags=["general"])),
    ("public", ("chapters",), put("pay.head()\nrank = 2", ["public"])),
    ("public", ("chapters",), put("pay = 1\nrank = 2\nload(data)", ["public"])),
    ("seed", ("reading-groups",), replace("seed = 1", "seeds = 1")),
    ("slides", ("reading-groups",), slide_type("fragments")),
    ("slides", ("reading-groups",), slide_type("fragment")),
    ("results", ("reading-groups",), put("pay = 1")),
    ("results", ("reading-groups",), lambda nb: nb.cells.remove(code_cells(nb)[-1])),
    ("try-it", ("chapters", "reading-groups"),
     put_markdown(":::{admonition} Try it\nWhat is the mean?\n:::")),
    ("needs-spark", ALL, put("pay = 1\nrank = 2\nspark = ssplab.spark_session()")),
    ("needs-spark", ALL, put("from pyspark.sql import functions as F\npay = 1\nrank = 2")),
    ("needs-spark", ALL, put(f"{MARK}\npay = 1\nrank = 2")),
    ("needs-spark", ALL, put("pay = 1\nrank = 2", ["needs-spark"])),
    ("needs-spark", STORED, output("display_data", data=NOT_RUN)),
    ("taught", ALL, put("pay = taught('pay-gap', 'no_such_function')\nrank = 2")),
    ("taught", ALL, put("pay = ssplab.taught('no-such-chapter', 'gap')\nrank = 2")),
    ("exercise-numbers", ("solutions", "exercises"), replace("## Exercise 2", "## Exercise 5")),
    ("exercise-numbers", ("solutions", "exercises"), replace(f"{STEM}/3", f"{STEM}/2")),
    ("exercise-numbers", ("solutions", "exercises"), replace(f"{STEM}/3", "02-other/3")),
    ("exercise-count", ("solutions", "exercises"), drop_last_exercise),
    ("guard", STORED, guard("# The pay is known.\npay = 1")),
    ("guard", STORED, guard("assert 1 > 0")),
    ("guard", STORED, guard("# The pay is known.\nassert 1 > 0", jupyter={})),
    ("guard", STORED, guard("# The pay is known.\nassert 1 > 0", tags=["guard"])),
    ("figures", ("chapters",), drop_figure),
    ("figures", ("chapters",), six_more_figures),
    ("caption", ("chapters",), declare),
    ("caption", ("chapters",), caption("Mean pay. Source: payroll declarations.")),
    ("caption", ("chapters",), caption("*Mean pay by group.* Source: payroll declarations.")),
    ("caption", ("chapters",), caption("*Mean pay by group, from payroll declarations.*")),
    ("caption", ("chapters",), caption(f"{CAPTION}\nOne group earns more.")),
    ("caption", ("chapters",), caption(f"One group earns more.\n\n{CAPTION}")),
    ("caption", ("chapters",), caption(f"*{CAPTION}*")),
    ("quiz", ("chapters",), quiz("Yes. It is so.", "No. It is so.")),
    ("quiz", ("chapters",), quiz("No. It is less.", "Yes. It is so.")),
    ("quiz", ("chapters",), quiz("No. Not yet.", "No.")),
    ("quiz", ("chapters",), quiz("**3. Which?**", "Which?")),
    ("quiz", ("chapters",), lambda nb: nb.cells.remove(quiz_cell(nb))),
]  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_a_clean_notebook_has_no_finding(kind):
    assert lint(CLEAN[kind], kind, STEM) == []


@pytest.mark.parametrize(
    ("rule", "kind", "change"),
    [
        pytest.param(rule, kind, change, id=f"{rule}-{kind}-{number}")
        for number, (rule, kinds, change) in enumerate(BREAKS)
        for kind in kinds
    ],
)
def test_a_break_is_found_by_its_rule_alone(rule, kind, change):
    nb = deepcopy(CLEAN[kind])
    change(nb)
    found = {finding.rule for finding in lint(nb, kind, STEM)}
    if rule != "results":
        found.discard("results")  # a session's cell may lose its result by the change
    assert found == {rule}


def test_every_rule_is_broken_once_for_each_kind_it_holds_for():
    broken = {(rule, kind) for rule, kinds, _ in BREAKS for kind in kinds}
    assert broken == {(rule.id, kind) for rule in RULES for kind in rule.kinds}


@pytest.mark.parametrize(
    "change",
    [
        put("pay = 1\nrank = 2\nsite = 'http://127.0.0.1:8000/ads'"),
        put("pay = 1\nrank = 2\nsite = 'http://fleuve-emploi.example/offres'"),
        put("pay = 1\nrank = 2\nsite = 'http://fleuve-emploi.example'"),
        put("pay = 1\nrank = 2\nnote = 'Source: www.insee.fr, ./work/pay.csv, ~/home/me'"),
        put("pay = 1\nrank = 2\nrng = np.random.default_rng(seed)"),
        put("pay = 1\nrank = 2\nannotate(x=pay, text='a;b')"),
        put_markdown("Write ``{term}`MAD` `` in the book, not here, or https://x.org/home/a."),
        put_markdown("```python\n# a comment, no title\n```"),
        output("stream", text="0x3f is a number"),
        aggregate("pay = 1\nrank = 2\nprint(f'{pay} euros' + ('!' if rank else ''))", stdout("1")),
        aggregate("pay = 1\nrank = 2\nssplab.safe(pay, data)", SAFE),
        put_markdown("A weight says how much a unit counts for, 100 % in all.", "general"),
        put("import math\n\npay = 1\nrank = math.log(pay + len('a'))", ["public"]),
        caption(CAPTION),
        caption(f"{CAPTION}\n\nOne *group* earns more, says *the figure*."),
        caption("*Pay of `a`, see [there](there.md). Source: declarations; `b` is not drawn.*\n"),
    ],
)
def test_what_only_looks_like_a_break_is_no_finding(change):
    nb = deepcopy(CLEAN["chapters"])
    change(nb)
    assert lint(nb, "chapters", STEM) == []


SET_UP = code("import ssplab\nssplab.set_up()")
START = code(f"{MARK}\nimport pandas as pd\nspark = ssplab.spark_session()", NEEDS_SPARK)
TRIED = (
    "::::{{admonition}} Try it\nHow many?\n\n:::{{dropdown}} An answer\n```python\n{}```\n:::\n::::"
)


def spark_findings(kind, *cells):
    """What the rule says of a notebook that holds these cells, and of which of them."""
    nb = notebook(*deepcopy(cells))
    found = lint(nb, kind, STEM, draft=True)
    return [(one.where, one.message) for one in found if one.rule == "needs-spark"]


@pytest.mark.parametrize("kind", ["chapters", "reading-groups"])
@pytest.mark.parametrize(
    "cells",
    [
        (START, code(f"{MARK}\nspark.range(2).count()", NEEDS_SPARK)),
        (START, markdown(TRIED.format(f"{MARK}\nspark.range(2).count()\n"))),
        (code("import pandas as pd"), START, code("pd.DataFrame()")),
        (START, code("import pandas as pd\npd.DataFrame()")),
        (START, code("print([spark for spark in range(2)])")),
    ],
)
def test_cells_that_need_spark_and_say_so_are_no_finding(kind, cells):
    assert spark_findings(kind, SET_UP, *cells) == []


@pytest.mark.parametrize(
    ("kind", "cells", "place", "told"),
    [
        ("chapters", (START, SET_UP), "cell-0", "`ssplab.set_up` must come before"),
        ("solutions", (SET_UP, START), "cell-1", "an exercise, and a kit, are for every machine"),
        ("kits", (SET_UP, START), "cell-1", "an exercise, and a kit, are for every machine"),
        ("chapters", (SET_UP, START, code("spark.range(2)")), "cell-2", "it uses `spark`, which"),
        ("chapters", (SET_UP, START, code("pd.DataFrame()")), "cell-2", "it uses `pd`, which"),
        (
            "chapters",
            (SET_UP, START, markdown(TRIED.format("spark.range(2)\n"))),
            "cell-2",
            "it uses `spark`, which",
        ),
        (
            "chapters",
            (SET_UP, code("pay = 1"), code(f"{MARK}\npay = 2", NEEDS_SPARK)),
            "cell-2",
            "it binds `pay` anew",
        ),
    ],
)
def test_what_breaks_where_spark_is_not_is_found(kind, cells, place, told):
    [(where, message)] = spark_findings(kind, *cells)
    assert place in where
    assert told in message


def test_folded_prose_is_no_finding():
    nb = deepcopy(CLEAN["chapters"])
    put("# What the number says.\npay = 3\nprose = Markdown(f'Pay is {pay}.')")(nb)
    code_cells(nb)[1].metadata.update(FOLDED)
    assert lint(nb, "chapters", STEM) == []


@pytest.mark.parametrize(
    "source",
    [
        "# The pay is known.\nassert 1 > 0",
        "# Tables agree.\npd.testing.assert_frame_equal(pay, pay)",
    ],
)
def test_a_cell_that_guards_out_of_sight_is_no_finding(source):
    nb = deepcopy(CLEAN["chapters"])
    guard(source)(nb)
    assert lint(nb, "chapters", STEM) == []


def test_what_the_page_hides_may_stand_between_a_figure_and_its_caption():
    nb = deepcopy(CLEAN["chapters"])
    caption(CAPTION)(nb)
    hidden = code("# The pay is known.\nassert 1 > 0")
    hidden.id, hidden.metadata = "hidden", GUARD
    nb.cells.insert(nb.cells.index(figure_cell(nb)) + 1, hidden)
    assert lint(executed(nb), "chapters", STEM) == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("chapters", drop_figure),
        ("chapters", lambda nb: nb.cells.remove(quiz_cell(nb))),
        ("chapters", declare),
        ("solutions", drop_last_exercise),
        ("exercises", drop_last_exercise),
    ],
)
def test_a_draft_may_lack_what_a_finished_notebook_has(kind, change):
    nb = deepcopy(CLEAN[kind])
    change(nb)
    assert lint(nb, kind, STEM)
    assert lint(nb, kind, STEM, draft=True) == []


def test_rules_of_form_hold_for_drafts_too():
    nb = deepcopy(CLEAN["chapters"])
    renumber(nb)
    assert [finding.rule for finding in lint(nb, "chapters", STEM, draft=True)] == ["executed"]


def test_the_mark_makes_a_draft_and_its_removal_brings_the_rules_back(course, capsys):
    path = course / f"chapters/part/{STEM}.ipynb"
    nb = deepcopy(CLEAN["chapters"])
    drop_figure(nb)
    put_markdown(f"{DRAFT}\n{DRAFT}")(nb)
    normal.write(nb, path)
    assert room.main([STEM]) == 0
    told = f"chapters/part/{STEM}.ipynb: a draft, 2 places to fill"
    assert capsys.readouterr().out.splitlines() == ["No finding.", told]
    nb.cells[-1].source = "The question."
    normal.write(nb, path)
    assert room.main([STEM]) == 1
    out = capsys.readouterr().out
    assert "[figures:" in out and "a draft" not in out


def test_an_exercise_is_a_draft_where_its_solution_is(course, capsys):
    for kind in ("chapters", "solutions", "exercises"):
        nb = deepcopy(CLEAN[kind])
        if kind != "chapters":
            drop_last_exercise(nb)
        if kind == "solutions":
            nb.cells[2].source += f"\n\n{DRAFT}"
        normal.write(nb, course / f"{kind}/part/{STEM}.ipynb")
    assert room.main([]) == 0
    assert f"solutions/part/{STEM}.ipynb: a draft, 1 place to fill" in capsys.readouterr().out


def test_a_finding_says_where_what_and_why():
    nb = deepcopy(CLEAN["chapters"])
    put("df = 1\npay = 1\nrank = 2")(nb)
    (finding,) = lint(nb, "chapters", STEM)
    assert str(finding) == (
        "In [2] (id cell-2): `df` names nothing: use the thing's name "
        "[names: code is read more often than written]"
    )


def test_main_names_the_file_and_ends_with_1(course, capsys):
    nb = deepcopy(CLEAN["chapters"])
    normal.write(nb, course / f"chapters/part/{STEM}.ipynb")
    assert room.main([]) == 0
    renumber(nb)
    normal.write(nb, course / f"chapters/part/{STEM}.ipynb")
    assert room.main([STEM]) == 1
    assert f"chapters/part/{STEM}.ipynb, In [4] (id cell-6): its" in capsys.readouterr().out


def test_main_finds_a_stem_that_two_chapters_share(course, capsys):
    for part in ("part", "other"):
        normal.write(CLEAN["chapters"], course / f"chapters/{part}/{STEM}.ipynb")
    assert room.main([]) == 1
    assert f"the stem {STEM} names more than one notebook" in capsys.readouterr().out


def test_main_finds_a_word_that_is_defined_twice(course, capsys):
    glossary = course / "book/glossary.md"
    glossary.parent.mkdir(exist_ok=True)
    defined = "# Glossary\n\nmedian\n: The value in the middle.\n"
    glossary.write_text(defined, encoding="utf-8")
    assert room.main([]) == 0
    glossary.write_text(f"{defined}\nMedian\n: Half lie below it.\n", encoding="utf-8")
    assert room.main([]) == 1
    assert "book/glossary.md defines median 2 times" in capsys.readouterr().out


def test_a_function_is_taken_from_a_chapter_before():
    nb = chapter()
    put("gap = taught('pay-gap', 'gap')\nrank = 2")(nb)
    assert lint(nb, "chapters", "payroll-anomalies") == []
    [finding] = lint(nb, "chapters", "first-table")
    assert finding.rule == "taught"
    assert "pay-gap, which teaches 'gap', comes later in the course" in str(finding)
