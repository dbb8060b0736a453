"""Chapters are run on an extract of marked values: none of them may appear in its report, nor may
what was masked while it ran; and of an extract as large as this one no sentence is cut.

`ssplab.verify.marks` says how, and here it is shown to see what it must. Of the chapters whose
records hold, the cheapest of each data set is run anew.
"""

import pytest
from bs4 import BeautifulSoup
from nbformat import v4
from own_extracts import CHAPTERS, LIVE

from ssplab.course import normal
from ssplab.course.cards import load_card
from ssplab.course.source import parameters, tags
from ssplab.notebooks.runs import run
from ssplab.owndata.reporting import AGGREGATE, failures
from ssplab.owndata.shown import Decider
from ssplab.verify import marks
from ssplab.verify.masked import masked_shown

pytestmark = pytest.mark.slow  # executes chapters


@pytest.mark.parametrize("chapter", LIVE, ids=lambda path: path.stem)
def test_a_report_shows_no_marked_value_and_cuts_no_sentence(chapter):
    found = marks.faults(chapter)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


# --- what is looked for is found


def variables(path):
    """Return the variables of the main table of a chapter's data."""
    card = load_card(parameters(normal.read(path))["data"])
    return card.tables[card.main_table].variables


def coded_variables(path):
    """Return the variables with codes in the main table of a chapter's data."""
    return [name for name, variable in variables(path).items() if variable.codes]


def has_amounts(path):
    return any(variable.type == "float" for variable in variables(path).values())


TELLING = next(path for path in CHAPTERS if coded_variables(path) and has_amounts(path))


@pytest.fixture(scope="module")
def tables():
    return marks.tables_of(load_card(parameters(normal.read(TELLING))["data"]))


LEAKS = {
    "a text": "print(f'{leaking.iloc[0, 0]}')",
    "an amount": "print(f'{amount}')",
    "an amount without cents": "print(f'{amount:,.0f}')",
    "an amount as the French write it": "print(f'{french} EUR, 12 times')",
    "prose": "from IPython.display import Markdown\n\nMarkdown(f'The first is **{amount:.2f}**.')",
    "a small count": "ssplab.safe(leaking.groupby(CODED).size(), NAME)",  # not the extract's
}


def test_a_cell_that_is_tagged_wrongly_is_caught(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(Decider, "text", lambda self, text, written: text)  # it would hide them
    result = run_spoilt(tables, LEAKS, tmp_path)
    cells = normal.read(result.notebook).cells[-len(LEAKS) :]
    shown = ["\n".join(marks.texts(v4.new_notebook(cells=[cell]))) for cell in cells]
    caught = [
        marks.leaks([text], tables) + marks.small_counts(BeautifulSoup(text, "html.parser"))
        for text in shown
    ]
    assert all(caught), dict(zip(LEAKS, zip(shown, caught, strict=True), strict=True))
    assert marks.shown_marks(result, tables)


MASKED = {
    "a sentence": "print(f'{ssplab.safe_number(amount, data, 300):,.0f} euros')",
    "prose": "from IPython.display import Markdown\n\n"
    "Markdown(f'**{ssplab.safe_number(amount, data, 300):.1f}** euros')",
    "a sentence in per cent": "print(f'{ssplab.safe_number(share, data, 300):.1%} of posts')",
    "a table": "ssplab.safe(pd.DataFrame({'mean': [amount], 'n': [300]}), data, counts='n')",
    "a figure": "import matplotlib.pyplot as plt\n\nfigure, ax = plt.subplots()\n"
    "ax.bar(['a', 'b'], [amount, 1])\nssplab.safe_figure(figure, data, 300)",
}


@pytest.mark.parametrize("spoilt", [False, True], ids=["as it is", "spoilt"])
def test_a_masked_value_that_passes_the_decider_is_caught(tables, spoilt, tmp_path, monkeypatch):
    if spoilt:
        monkeypatch.setattr(Decider, "_is_masked", lambda self, token: False)
        monkeypatch.setattr(Decider, "may_draw", lambda self, drawn, written: True)
    result = run_spoilt(tables, MASKED, tmp_path)
    report, executed = normal.read(result.notebook), result.executed
    assert not failures(executed.nb)
    caught = masked_shown(v4.new_notebook(), report, executed.nb, executed.masked)
    assert len(caught) == (len(MASKED) if spoilt else 0), caught


def test_a_sentence_that_is_cut_is_told(tmp_path):
    cells = {"an amount": "print(amount)", "a number of none": "print('A mean.', 12_345.678)"}
    found = marks.faults(spoilt(cells, tmp_path))
    assert "cell-0 has a sentence that is cut" in found
    assert "cell-1 has a sentence that is cut" in found
    assert not any("a mark is shown" in one for one in found), "it is cut, not shown"


def spoilt(cells, folder):
    """Return a chapter whose data are loaded and in which these cells are tagged `aggregate`."""
    nb = normal.read(TELLING)
    card = load_card(parameters(nb)["data"])
    coded = coded_variables(TELLING)[0]
    load = (
        "import pandas as pd\nimport ssplab\n\n"
        f"leaking, CODED, NAME = ssplab.load(data), {coded!r}, {card.name!r}\n"
        "amount = leaking.select_dtypes('float64').max(axis=None)\n"
        "french = f'{amount:,.2f}'.replace(',', '\u202f').replace('.', ',')\n"
        "share = 0.12345\n"
        "few = [ssplab.safe_number(value, data, 3) for value in (amount, share)]"
    )
    top = next(i for i, cell in enumerate(nb.cells) if "parameters" in tags(cell)) + 1
    nb.cells[top:] = [v4.new_code_cell(load)]
    nb.cells += [
        v4.new_code_cell(one, id=f"cell-{number}", metadata={"tags": [AGGREGATE]})
        for number, one in enumerate(cells.values())
    ]
    path = folder / "spoilt.ipynb"
    normal.write(nb, path)
    return path


def run_spoilt(tables, cells, folder):
    """Run such a chapter on own data."""
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet")
    return run(spoilt(cells, folder), {"data": folder}, folder / "out", progress=False)
