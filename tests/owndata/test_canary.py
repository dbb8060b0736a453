"""Each chapter is run on an extract of marked values: none of them may appear in its report, nor
may what was masked while it ran; and of an extract as large as this one no sentence is cut.

Identifiers and free texts carry twelve letters that no language puts side by side, unseen codes a
marker; amounts end in `.37`, large ones in `37.37`, so that a number in the report can be told to
be one of them, however it is written; small groups are planted that no table may count.
"""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

import ssplab
from ssplab.course import normal
from ssplab.course.cards import load_card
from ssplab.course.naming import notebooks
from ssplab.course.source import parameters, tags
from ssplab.data.extracts import examine
from ssplab.notebooks.runs import run
from ssplab.owndata.reporting import AGGREGATE, failures, report
from ssplab.owndata.shown import PROOF, Decider
from ssplab.verify.own_runs import masked_shown

pytestmark = pytest.mark.slow  # executes chapters

# A chapter on files as delivered has no form that an own extract could have
CHAPTERS = [
    path
    for path in notebooks("chapters")
    if load_card(parameters(normal.read(path))["data"]).tables
]


def variables(path):
    """Return the variables of the main table of a chapter's data."""
    card = load_card(parameters(normal.read(path))["data"])
    return card.tables[card.main_table].variables


def coded_variables(path):
    """Return the variables with codes in the main table of a chapter's data."""
    return [name for name, variable in variables(path).items() if variable.codes]


def has_amounts(path):
    return any(variable.type == "float" for variable in variables(path).values())


TELLING = [path for path in CHAPTERS if coded_variables(path) and has_amounts(path)]
MARKER = "zqcanary"
LETTERS = np.array(list("bjkqvwxz"), dtype=object)
# Twelve of them, its own, mark a text: were they the same for all, every text would look like every
# other, and chapters that compare texts would run five times as long.
LENGTH = 12
FOUND = rf"{MARKER}|[{LETTERS.sum()}]{{{LENGTH - 3}}}"  # a report may have cut some
SMALL = 4  # rows of each planted group
SCALE = 0.6  # of the twins: the rules are the same on fewer rows, and each chapter costs less


def with_letters(values):
    """Return texts with the letters that mark each, one in ten in front, the others at the end."""
    hashed = pd.util.hash_pandas_object(values, index=False).to_numpy()
    drawn = LETTERS[(hashed[:, None] >> np.arange(0, 3 * LENGTH, 3, dtype="uint64")) & np.uint64(7)]
    letters = pd.Series(["".join(row) for row in drawn], values.index, dtype=values.dtype)
    in_front = (hashed >> np.uint64(48)) % 10 == 0
    return (letters + values).where(in_front, values + letters)


def is_geometry(values):
    """Return whether a column holds geometries as well-known text, such as `POLYGON ((…))`."""
    texts = values.dropna()
    return bool(len(texts)) and texts.astype("str").str.fullmatch(r"[A-Z]+ \(.*\)").all()


def marked(frame, described):
    """Return a table of a twin with its values marked, still such that it fits its card."""
    frame = frame.copy()
    for number, (name, variable) in enumerate(described.variables.items()):
        values = frame[name]
        if is_geometry(values):
            continue  # letters would make it none
        if variable.type == "string" and not variable.codes:
            frame[name] = with_letters(values)
        elif variable.type == "string" and name not in described.key:
            start = number * SMALL  # other rows for each column
            frame.loc[start : start + SMALL - 1, name] = f"{MARKER}{number}"
        elif variable.type == "float" and variable.decimals == 2 and variable.maximum is None:
            ending, step = (37.37, 100) if values[values != 0].median() > 1000 else (0.37, 1)
            amounts = values.abs() // step * step + ending
            frame[name] = (
                amounts.where(values > 0, -amounts).where(values != 0, 0).mask(values.isna())
            )
    return frame


def has_marked_codes(tables):
    """Return whether a column of codes has some that the card does not know."""
    return any(
        frame[name].str.startswith(MARKER).any()
        for frame in tables.values()
        for name in frame.select_dtypes("str")
    )


def amounts(tables):
    """Return the marked amounts of an extract, with and without their cents."""
    found = set()
    for frame in tables.values():
        floats = frame.select_dtypes("float64").abs()
        for values in (floats[name].dropna().round(2).unique() for name in floats):
            cents = np.round(values % 1, 2) == 0.37
            found.update(values[cents & (values > 100)])
            found.update(np.floor(values[cents & (np.floor(values) % 100 == 37) & (values > 1000)]))
    return found


def numbers(text):
    """Return the numbers of a text, however their thousands and decimals are marked."""
    grouped = re.findall(r"\d{1,3}(?:[ ,.'\u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)", text)
    for token in grouped + re.findall(r"\d+(?:[.,]\d+)?", text):
        head, decimals = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}|\d{4,}))?", token).groups()
        yield round(float(f"{re.sub(r'[^0-9]', '', head)}.{decimals or 0}"), 2)


def leaks(texts, tables):
    """Return the marked texts and amounts that stand in some texts."""
    told = " \n".join(texts)
    found = re.findall(rf"\S*(?:{FOUND})\S*", told, re.IGNORECASE)
    return found + sorted(set(numbers(told)) & amounts(tables))


def shown_texts(nb):
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            for mime, content in output.get("data", {}).items():
                if not mime.startswith("image/"):
                    yield str(content)


def small_counts(soup):
    return [cell.text for cell in soup.find_all("td") if re.fullmatch(r"\s*[1-9]\s*", cell.text)]


@pytest.fixture(scope="module")
def extract(request, tmp_path_factory):
    """The chapter, a folder of its marked extract as an office writes it, and the tables."""
    path = request.param
    card = load_card(parameters(normal.read(path))["data"])
    folder = tmp_path_factory.mktemp("office")
    scale = SCALE if card.is_twin else None
    tables = {}
    for name, described in card.tables.items():
        table = ssplab.load(card.name, name, scale=scale)
        tables[name] = frame = marked(table, described)
        written = frame.assign(note=f"{MARKER} Évry")
        dates = written.select_dtypes("datetime")
        telling = any((dates[column].dt.day > 12).any() for column in dates)  # or it is refused
        for column in dates:
            day = "%d/%m/%Y" if telling else "%Y-%m-%d"
            timed = described.variables[column].type == "datetime"
            written[column] = dates[column].dt.strftime(f"{day} %H:%M:%S" if timed else day)
        text = written.to_csv(sep=";", decimal=",", index=False)
        (folder / f"{name}.csv").write_bytes(encoded(text))
    for name in card.images:
        shutil.copyfile(ssplab.image_path(card.name, name), folder / f"{name}.tif")
    return path, folder, tables


@pytest.fixture(scope="module")
def own_run(extract, tmp_path_factory):
    """What the chapter made of its marked extract, and the lines for its holder."""
    path, folder, _ = extract
    told, out = [], tmp_path_factory.mktemp("out")
    return run(path, {"data": folder}, out, progress=False, tell=told.append), told


def encoded(text):
    """Return a text in the encoding of offices, or where that lacks a character in UTF-8."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return text.encode()


def by_stem(path):
    return path.stem


of_each_chapter = pytest.mark.parametrize("extract", CHAPTERS, ids=by_stem, indirect=True)


@of_each_chapter
def test_no_marked_value_is_in_the_report(extract, own_run):
    _, _, tables = extract
    result, told = own_run
    if has_marked_codes(tables):
        assert any(MARKER in line for line in told), "the terminal names unseen codes"
    for file in result.page.parent.iterdir():
        written = file.read_bytes()
        assert MARKER.encode() not in written.lower(), file.name
        for letters in LETTERS.sum(), LETTERS.sum().upper():  # the code of a picture mixes them
            assert not re.search(rf"[{letters}]{{{LENGTH}}}".encode(), written), file.name
    nb = normal.read(result.notebook)
    soup = BeautifulSoup(result.page.read_text(encoding="utf-8"), "html.parser")
    assert leaks([*shown_texts(nb), soup.get_text(" ")], tables) == []
    assert small_counts(soup) == []
    told_by_cells = [
        output
        for cell in nb.cells
        if "aggregate" in tags(cell)
        for output in cell.get("outputs", [])
        if "Not shown" not in str(output)
    ]
    assert told_by_cells, "a report without a sentence or a table says nothing"


@of_each_chapter
def test_no_masked_value_is_in_the_report(extract, own_run):
    executed = own_run[0].executed
    reported = normal.read(own_run[0].notebook)
    assert masked_shown(normal.read(extract[0]), reported, executed.nb, executed.masked) == []


@of_each_chapter
def test_of_a_large_extract_no_sentence_is_cut(extract, own_run):
    folder = extract[1]
    executed = own_run[0].executed.nb
    reported = report(executed, examine(folder), folder)  # nothing masked: proofs alone decide
    assert cut_sentences(executed, reported) == [], (
        "numbers of these cells bear no proof: let each pass safe, safe_number or safe_share"
    )


def cut_sentences(executed, reported):
    """Return the `aggregate` cells whose sentences a report does not give whole."""
    after = {cell.id: sentences(cell) for cell in reported.cells}
    raised = {one.cell_id for one in failures(executed)}
    return [
        cell.id
        for cell in executed.cells
        if AGGREGATE in tags(cell) and cell.id not in raised and sentences(cell) != after[cell.id]
    ]


def sentences(cell):
    """Return what a cell prints or says as prose, in the order of its outputs."""
    told = [
        output.text if "text" in output else output.data.get("text/markdown")
        for output in cell.get("outputs", [])
        if output.get("name") != "stderr" and "text/html" not in output.get("data", {})
    ]
    return [text.replace(PROOF, "") for text in told if text]


LEAKS = {
    "a text": "print(f'{leaking.iloc[0, 0]}')",
    "an amount": "print(f'{amount}')",
    "an amount without cents": "print(f'{amount:,.0f}')",
    "an amount as the French write it": "print(f'{french} EUR, 12 times')",
    "prose": "from IPython.display import Markdown\n\nMarkdown(f'The first is **{amount:.2f}**.')",
    "a small count": "ssplab.safe(leaking.groupby(CODED).size(), NAME)",  # not the extract's
}


of_one_chapter = pytest.mark.parametrize("extract", TELLING[:1], ids=by_stem, indirect=True)


@of_one_chapter
def test_a_cell_that_is_tagged_wrongly_is_caught(extract, tmp_path, monkeypatch):
    monkeypatch.setattr(Decider, "text", lambda self, text, written: text)  # it would hide them
    path, _, tables = extract
    result = run_spoilt(path, tables, LEAKS, tmp_path)
    cells = normal.read(result.notebook).cells[-len(LEAKS) :]
    shown = ["\n".join(shown_texts(v4.new_notebook(cells=[cell]))) for cell in cells]
    caught = [
        leaks([text], tables) + small_counts(BeautifulSoup(text, "html.parser")) for text in shown
    ]
    assert all(caught), dict(zip(LEAKS, zip(shown, caught, strict=True), strict=True))


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
@of_one_chapter
def test_a_masked_value_that_passes_the_decider_is_caught(extract, spoilt, tmp_path, monkeypatch):
    if spoilt:
        monkeypatch.setattr(Decider, "_is_masked", lambda self, token: False)
        monkeypatch.setattr(Decider, "may_draw", lambda self, drawn, written: True)
    result = run_spoilt(*extract[::2], MASKED, tmp_path)
    report, executed = normal.read(result.notebook), result.executed
    assert not failures(executed.nb)
    caught = masked_shown(v4.new_notebook(), report, executed.nb, executed.masked)
    assert len(caught) == (len(MASKED) if spoilt else 0), caught


def run_spoilt(path, tables, cells, folder):
    """Run a notebook on own data, in which these cells are tagged `aggregate`."""
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet")
    nb = normal.read(path)
    card = load_card(parameters(nb)["data"])
    coded = coded_variables(path)[0]
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
    normal.write(nb, folder / "spoilt.ipynb")
    return run(folder / "spoilt.ipynb", {"data": folder}, folder / "out", progress=False)
