"""The pages of the data sets: all that the card says, a figure that tells, and five rows."""

import itertools
import shutil

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.colors import to_rgb
from PIL import Image
from sample_book import ODD, TOLD, toy

from ssplab.book import data_pages, pictures
from ssplab.course.cards import card_images, card_names, load_card
from ssplab.course.paths import course_root
from ssplab.data.loading import load, truth
from ssplab.system.errors import SsplabError
from ssplab.system.modules import load_module

pytestmark = pytest.mark.slow  # draws the figure of every data set


WITH_TABLES = [name for name in card_names() if load_card(name).tables]


@pytest.fixture(scope="module", params=card_names())
def card(request):
    return load_card(request.param)


@pytest.fixture(scope="module")
def tables(card):
    whole = {name: load(card.name, name) for name in card.tables}
    return whole | {f"truth/{name}": truth(card.name, name) for name in card.truth}


@pytest.fixture(scope="module")
def png(card, tmp_path_factory):
    return tmp_path_factory.mktemp("pictures") / f"{card.name}.png"


@pytest.fixture(scope="module")
def told(card, png):
    return pictures.telling(card, png)


@pytest.fixture(scope="module")
def again(card, tables, told, png):
    """The figure drawn a second time: as an object, and its file."""
    figures = []
    source = pictures.style.source

    def overhear(ax, text):
        figures.append(ax.figure)
        source(ax, text)

    before = dict(mpl.rcParams)
    file = png.with_name("again.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures.style, "source", overhear)
        pictures.draw(card, tables, file, pictures._stored(png)["key"])
    assert dict(mpl.rcParams) == before, "other figures' settings were changed"
    return figures[0], file


def test_a_page_says_everything_that_the_card_says(card, told):
    page = data_pages.data_page(card, told)
    flat = " ".join(page.split())
    for text in [card.title, card.coverage, card.weights, card.licence, card.content_hash]:
        assert " ".join(text.replace("|", "\\|").split()) in flat
    assert (f"counts under {card.threshold} are masked" in flat) == bool(card.tables)
    assert ("| Contributors |" in flat) == bool(card.contributors)
    for unit, rule in card.contributors.items():
        assert f"by `{unit}` at least {rule.minimum}, {rule.dominance}" in flat
    for table in card.tables.values():
        for column, variable in table.variables.items():
            assert f"| `{column}` | {variable.type} |" in page
            for code, label in (variable.codes or {}).items():
                assert f"`{code}` {label}" in flat
            if variable.fractions:
                assert f"may have fractions: {variable.fractions}." in flat
    for name, image in card_images(card).items():
        assert f"### `{name.removeprefix('truth/')}`: {image.title}\n" in page
        assert f"{image.width} by {image.height} pixels of {image.resolution:g} m" in flat
        for band, one in image.bands.items():
            assert f"| `{band}` | {'' if one.unit == '1' else one.unit} |" in page
            assert one.meaning in flat
    for name, file in card.files.items():
        form = " ".join(file.form.split())
        assert f"| `{name}` | {file.title} | {form} | {file.bytes:,} |" in flat
        for fact, value in file.facts.items():
            assert f"{fact.replace('_', ' ')} {value:,.2f}".removesuffix(".00") in flat
    for planted in card.planted:
        assert " ".join(planted.meaning.split()) in flat
    assert f"= {card.reading_call}\n```" in page


def test_a_page_shows_the_figure_beside_it(card, told, png, html):
    built = BeautifulSoup((html / f"book/datasets/{card.name}.html").read_bytes(), "html.parser")
    assert [image["alt"] for image in built.select("article img")] == [told.alt]
    page = data_pages.data_page(card, told)
    assert f"]({card.name}.png)\n\n{told.caption}\n" in page
    with Image.open(png) as image:
        assert image.format == "PNG"
        assert min(image.size) > 400


@pytest.mark.parametrize("card", WITH_TABLES, indirect=True)
def test_the_rows_are_those_of_the_main_table(card, told, tables):
    main = tables[card.main_table]
    variables = card.tables[card.main_table].variables
    module = pictures._module(card)
    expected = module.choose(main) if hasattr(module, "choose") else main.head(5)
    assert len(told.rows) == len(expected) == 5
    for row, (_, values) in zip(told.rows, expected.iterrows(), strict=True):
        assert len(row) == len(variables)
        for text, (column, variable) in zip(row, variables.items(), strict=True):
            value = values[column]
            if text == "":
                assert pd.isna(value) or value == ""
            elif variable.type in ("integer", "float"):
                assert float(text.replace("−", "-")) == pytest.approx(value, abs=1e-9)
            elif variable.type == "string":
                assert text == value


@pytest.mark.parametrize("card", WITH_TABLES, indirect=True)
def test_numbers_stand_to_the_right_and_units_in_the_header(card, told):
    variables = card.tables[card.main_table].variables
    page = data_pages.data_page(card, told)
    lines = page.partition("## Five rows")[2].split("\n\n")[2].splitlines()
    header, rule = (line.strip("| ").split(" | ") for line in lines[:2])
    assert len(lines) == 7
    for name, side, (column, variable) in zip(header, rule, variables.items(), strict=True):
        assert name.startswith(f"`{column}`")
        assert side == ("---:" if variable.type in ("integer", "float") else "---")
        if variable.unit not in (None, "1"):
            assert name.endswith(f"({variable.unit})")


def test_a_figure_says_what_it_shows_and_where_it_is_from(again):
    figure, _ = again
    ax = figure.axes[0]
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert ax.get_ylabel() or [label.get_text() for label in ax.get_yticklabels()]
    assert figure.get_supxlabel().startswith("Source: ")


def test_no_text_of_a_figure_is_cut_off(told, png):
    with Image.open(png) as image:
        pixels = np.asarray(image.convert("L"))
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 255).all()


def test_what_a_legend_tells_apart_stays_apart_without_colour(again):
    handles, _ = again[0].axes[0].get_legend_handles_labels()
    looks = [_look(handle) for handle in handles]
    for (form, light), (other_form, other_light) in itertools.combinations(looks, 2):
        assert form != other_form or abs(light - other_light) > 0.08


def _look(handle):
    """Return what a line, mark or bar looks like without colour: its form, and its lightness."""
    handle = handle[0] if isinstance(handle, tuple) else handle
    filled = getattr(handle, "get_fill", lambda: True)()
    names = ["get_color", "get_facecolor" if filled else "get_edgecolor"]
    colour = next(getattr(handle, name)() for name in names if hasattr(handle, name))
    colour = colour[0] if np.ndim(colour) == 2 else colour
    paths = getattr(handle, "get_paths", list)()
    form = [type(handle).__name__, str(getattr(handle, "get_linestyle", str)())]
    form += [str(getattr(handle, "get_marker", str)()), str([len(path) for path in paths[:1]])]
    return form, float(np.dot(to_rgb(colour), [0.2126, 0.7152, 0.0722]))


def test_a_figure_has_the_same_bytes_each_time(again, png):
    assert again[1].read_bytes() == png.read_bytes()


def test_a_figure_is_drawn_once(card, told, png, monkeypatch):
    monkeypatch.setattr(pictures, "draw", None)
    assert pictures.telling(card, png) == told


def add_a_line(file):
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def turn_upside_down(file):
    pd.read_parquet(file).iloc[::-1].to_parquet(file, index=False)


@pytest.mark.parametrize(
    ("changed", "change"),
    [
        ("card.yml", add_a_line),
        ("posts.parquet", turn_upside_down),
        ("truth/posts.parquet", turn_upside_down),
    ],
)
def test_a_figure_is_drawn_anew_when_the_data_change(changed, change, tmp_path, monkeypatch):
    shutil.copytree(course_root() / "datasets", tmp_path / "datasets")
    (tmp_path / "_toc.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    card = load_card("payroll")
    png = tmp_path / "payroll.png"
    told = pictures.telling(card, png)
    change(tmp_path / "datasets" / "payroll" / changed)
    monkeypatch.setattr(pictures, "draw", lambda *_: "drawn")
    assert pictures.telling(card, png) == "drawn" != told


@pytest.mark.parametrize(
    "changed", ["payroll/picture.py", "ssplab/system/style.py", "payroll/generate.py"]
)
def test_a_figure_is_drawn_anew_when_the_code_changes(changed, tmp_path, monkeypatch):
    card = load_card("payroll")
    png = tmp_path / "payroll.png"
    pictures.telling(card, png)
    read = pictures.Path.read_bytes
    monkeypatch.setattr(
        pictures.Path,
        "read_bytes",
        lambda path: read(path) + path.as_posix().endswith(changed) * b"\n",
    )
    monkeypatch.setattr(pictures, "draw", lambda *_: "drawn")
    assert pictures.telling(card, png) == "drawn"


@pytest.fixture(scope="module")
def payroll(tmp_path_factory):
    """A sound figure and what it tells."""
    png = tmp_path_factory.mktemp("payroll") / "payroll.png"
    return png, pictures.telling(load_card("payroll"), png)


@pytest.mark.parametrize("cut", [0, 100, -2000])
def test_a_broken_figure_is_drawn_anew(cut, payroll, tmp_path):
    png, told = payroll
    broken = tmp_path / "broken.png"
    broken.write_bytes(png.read_bytes()[:cut])
    assert pictures.telling(load_card("payroll"), broken) == told
    assert broken.read_bytes() == png.read_bytes()


def test_a_figure_of_somebody_else_is_drawn_over(payroll, tmp_path):
    png, told = payroll
    other = tmp_path / "other.png"
    Image.new("RGB", (9, 9)).save(other)
    assert pictures.telling(load_card("payroll"), other) == told
    assert other.read_bytes() == png.read_bytes()


def test_a_card_without_a_figure_says_what_to_write_where(tmp_path):
    with pytest.raises(SsplabError, match=r"datasets/toy/picture\.py .* draw\(card, tables\)"):
        pictures.telling(toy(), tmp_path / "toy.png")


def test_a_page_says_what_is_published_and_what_is_known_of_it():
    for name in card_names():
        card = load_card(name)
        page = data_pages.data_page(card, TOLD)
        assert ("## Official source" in page) == bool(card.official), name
        for table, official in card.official.items():
            assert f"### `{table}`, as it is published" in page
            said = [official.page, official.licence, official.period, *official.left_out]
            for file, one in official.files.items():
                said += [file, one.url, one.sha256 or f"{one.bytes or one.at_least:,}"]
            assert [text for text in said if text not in page] == []
            assert " ".join(official.seen.split()) in page


def test_a_page_keeps_a_cell_in_its_column():
    page = data_pages.data_page(toy(), TOLD)
    assert "| `toy` | string |  | One of a \\| b. |" in page


def test_missing_values_are_spoken_of_where_there_are_some():
    said = "An empty cell is a missing value."
    assert said not in data_pages.data_page(toy(), TOLD)
    rows = [*TOLD.rows[1:], [""]]
    assert said in data_pages.data_page(toy(), TOLD._replace(rows=rows))


def test_text_stands_on_the_page_as_it_is_in_the_data(samples):
    html = (samples / "book" / "toy.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    cells = [cell.get_text() for cell in soup.select("#five-rows td")]
    assert cells == [ODD] * 5
    assert soup.find("article").find("img")["alt"] == TOLD.alt


def test_the_table_of_twins_has_all_that_cards_say_of_their_difficulty():
    cards = [load_card(name) for name in card_names()]
    table = data_pages.twins_table(cards)
    told = {tuple(line.strip("| ").split(" | ")) for line in table.splitlines()}
    twins = [card for card in cards if card.is_twin]
    assert twins
    for card in cards:
        assert (f"[{card.name}]" in table) == (card in twins)
    for card in twins:
        for name, value in card.difficulty.measures.items():
            row = f"[{card.name}](./{card.name}.md)", name.replace("_", " "), f"{value:.10g}"
            assert row in {tuple(cell.replace("−", "-") for cell in line) for line in told}


def test_the_page_on_twins_shows_the_table_with_its_links(html):
    soup = BeautifulSoup((html / "book/how-twins-are-made.html").read_bytes(), "html.parser")
    links = [link["href"] for link in soup.select("article td a")]
    twins = [name for name in card_names() if load_card(name).is_twin]
    assert {f"datasets/{name}.html" for name in twins} == set(links)


def test_what_is_there_is_not_written_again(html, tmp_path, monkeypatch):
    """A deployment may be read-only."""
    for folder in ("datasets", "chapters", "reading-groups", "book/datasets"):
        shutil.copytree(course_root() / folder, tmp_path / folder)
    shutil.copy(course_root() / "_toc.yml", tmp_path)  # the order of the lessons that read them
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    monkeypatch.setattr("ssplab.system.files.whole_file", None)
    monkeypatch.setattr(pictures, "whole_file", None)
    data_pages.write_data_pages()
    files = {path.name for path in (tmp_path / "book" / "datasets").iterdir()}
    pages = {f"{name}{suffix}" for name in card_names() for suffix in (".md", ".png")}
    assert pages | {data_pages.TWINS} <= files


def test_indices_of_the_scanner_figure():
    """Against sums written out, on three products of which two come and go."""
    quantity = np.array([[4, 1, 0], [9, 2, 3], [5, 0, 2], [4, 6, 2]], dtype=float)
    price = np.array([[2, 5, 1], [1, 6, 4], [3, 5, 2], [2.5, 5.5, 3]], dtype=float)
    found = load_module(load_card("scanner").folder / "picture.py")._indices(
        quantity, quantity * price
    )

    def tornqvist(one, two):
        both = [i for i in range(3) if quantity[one, i] and quantity[two, i]]
        value = [{i: quantity[week, i] * price[week, i] for i in both} for week in (one, two)]
        return sum(
            sum(part[i] / sum(part.values()) for part in value)
            / 2
            * np.log(price[two, i] / price[one, i])
            for i in both
        )

    def laspeyres(one, two):
        both = [i for i in range(3) if quantity[one, i] and quantity[two, i]]
        after, before = (
            sum(price[week, i] * quantity[one, i] for i in both) for week in (two, one)
        )
        return np.log(after / before)

    for name, pair in [("tornqvist", tornqvist), ("laspeyres", laspeyres)]:
        chained = np.cumsum([0, *(pair(week - 1, week) for week in range(1, 4))])
        assert found[name] == pytest.approx(chained, abs=1e-12)
    geks = [
        np.mean([tornqvist(0, by) + tornqvist(by, week) for by in range(4)]) for week in range(4)
    ]
    assert found["geks"] == pytest.approx(geks, abs=1e-12)
