"""Each chapter is run on an extract of marked values: none of them may appear in its report.

Identifiers, free texts and unseen codes carry a marker; amounts end in `.37`, large ones in
`37.37`, so that a number in the report can be told to be one of them, however it is written; small
groups are planted that no table may count.
"""

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

import ssplab
from ssplab.course import normal
from ssplab.course.cards import load_card
from ssplab.course.naming import notebooks
from ssplab.course.source import parameters, tags
from ssplab.notebooks.runs import run

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
SMALL = 4  # rows of each planted group


def marked(frame, described):
    """Return a table of a twin with its values marked, still such that it fits its card."""
    frame = frame.copy()
    for number, (name, variable) in enumerate(described.variables.items()):
        values = frame[name]
        if variable.type == "string" and not variable.codes:
            frame[name] = MARKER + values
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
    found = re.findall(rf"\S*{MARKER}\S*", told, re.IGNORECASE)
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
    tables = {}
    for name, described in card.tables.items():
        tables[name] = frame = marked(ssplab.load(card.name, name), described)
        written = frame.assign(note=f"{MARKER} Évry")
        dates = written.select_dtypes("datetime")
        telling = any((dates[column].dt.day > 12).any() for column in dates)  # or it is refused
        for column in dates:
            written[column] = dates[column].dt.strftime("%d/%m/%Y" if telling else "%Y-%m-%d")
        text = written.to_csv(sep=";", decimal=",", index=False)
        (folder / f"{name}.csv").write_bytes(encoded(text))
    return path, folder, tables


def encoded(text):
    """Return a text in the encoding of offices, or where that lacks a character in UTF-8."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return text.encode()


def by_stem(path):
    return path.stem


@pytest.mark.parametrize("extract", CHAPTERS, ids=by_stem, indirect=True)
def test_no_marked_value_is_in_the_report(extract, tmp_path):
    path, folder, tables = extract
    told = []
    result = run(path, {"data": folder}, tmp_path, progress=False, tell=told.append)
    assert any(MARKER in line for line in told), "the terminal names unseen codes"
    for file in tmp_path.iterdir():
        assert MARKER.encode() not in file.read_bytes().lower(), file.name
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


LEAKS = {
    "a text": "print(f'{leaking.iloc[0, 0]}')",
    "an amount": "print(f'{amount}')",
    "an amount without cents": "print(f'{amount:,.0f}')",
    "an amount as the French write it": "print(f'{french} EUR, 12 times')",
    "prose": "from IPython.display import Markdown\n\nMarkdown(f'The first is **{amount:.2f}**.')",
    "a small count": "ssplab.safe(leaking.groupby(CODED).size(), NAME)",  # not the extract's
}


@pytest.mark.parametrize("extract", TELLING[:1], ids=by_stem, indirect=True)
def test_a_cell_that_is_tagged_wrongly_is_caught(extract, tmp_path):
    path, _, tables = extract
    for name, frame in tables.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    nb = normal.read(path)
    card = load_card(parameters(nb)["data"])
    coded = coded_variables(path)[0]
    load = (
        f"import ssplab\n\nleaking, CODED, NAME = ssplab.load(data), {coded!r}, {card.name!r}\n"
        "amount = leaking.select_dtypes('float64').max(axis=None)\n"
        "french = f'{amount:,.2f}'.replace(',', '\u202f').replace('.', ',')"
    )
    top = next(i for i, cell in enumerate(nb.cells) if "parameters" in tags(cell)) + 1
    nb.cells[top:] = [v4.new_code_cell(load)]
    nb.cells += [v4.new_code_cell(one, metadata={"tags": ["aggregate"]}) for one in LEAKS.values()]
    normal.write(nb, tmp_path / "leaking.ipynb")
    result = run(tmp_path / "leaking.ipynb", {"data": tmp_path}, tmp_path / "out", progress=False)
    cells = normal.read(result.notebook).cells[-len(LEAKS) :]
    shown = ["\n".join(shown_texts(v4.new_notebook(cells=[cell]))) for cell in cells]
    caught = [
        leaks([text], tables) + small_counts(BeautifulSoup(text, "html.parser")) for text in shown
    ]
    assert all(caught), dict(zip(LEAKS, zip(shown, caught, strict=True), strict=True))
