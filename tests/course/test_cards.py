"""A card that breaks its schema says where."""

import copy

import pytest
import yaml

from ssplab.course.cards import card_names, load_card, read_card
from ssplab.system.errors import SsplabError

CARD = {
    "name": "toy",
    "title": "A toy",
    "summary": "Two rows.",
    "origin": "real",
    "coverage": "nobody",
    "reference_period": "2023",
    "main_table": "rows",
    "tables": {
        "rows": {
            "title": "Rows",
            "unit": "a row",
            "rows": 2,
            "key": ["id"],
            "file": "rows.csv",
            "variables": {
                "id": {"type": "string", "meaning": "identifier"},
                "pay": {"type": "float", "unit": "EUR", "decimals": 2, "meaning": "pay"},
            },
        }
    },
    "weights": "none: a census",
    "confidentiality": "open",
    "licence": "CC0",
    "source": "made for a test",
    "builder": "package:toy",
    "content_hash": "sha256:" + "0" * 64,
}


def write(tmp_path, change):
    card = copy.deepcopy(CARD)
    change(card)
    path = tmp_path / "toy" / "card.yml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(card), encoding="utf-8")
    return path


def test_a_sound_card_is_read(tmp_path):
    card = read_card(write(tmp_path, lambda card: None))
    assert card.tables["rows"].variables["pay"].unit == "EUR"
    assert card.package == "toy"


def rename(card):
    card["name"] = "other"


def synthetic(card, **margin):
    """Make it the card of a twin with one margin."""
    card.update(origin="synthetic", builder="generate.py", seed=1)
    card["difficulty"] = {"statement": "easy", "measures": {}}
    card["tables"]["rows"].pop("file")
    told = {"name": "mean", "published": 10, "unit": "EUR", "source": "a source"}
    card["margins"] = [told | margin]


def deliver(card, **changes):
    """Make it the card of one file as delivered."""
    for field in ("main_table", "tables"):
        card.pop(field)
    file = {"title": "A month", "form": "commas", "bytes": 3, "sha256": "0" * 64, "facts": {}}
    card.update(origin="synthetic", builder="build.py", files={"may.csv": file}, **changes)
    return file


def contribute(card, column="id", minimum=3, **dominance):
    """Say on a card who contributes to a total."""
    stated = {"rule": "nk", "n": 1, "k": 85} | dominance
    card["contributors"] = {column: {"minimum": minimum, "dominance": stated}}


def publish(card, of_file=(), view=(), table="rows", **changes):
    """Say on a card that its table is published, in one file."""
    texts = ["title", "period", "licence", "seen", "differs"]
    file = {"url": "https://office.example/rows.csv", "at_least": 1, "at_most": 99}
    file |= {"views": {"rows": dict(view)}} | dict(of_file)
    card["official"] = {
        table: dict.fromkeys(texts, "told")
        | {"page": "https://office.example/rows", "files": {"rows.csv": file}}
        | changes
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda card: publish(card, table="cells"), "official: there is no table cells"),
        (
            lambda card: publish(card, missing={"age": "unknown"}),
            "no columns of the table: ['age']",
        ),
        (lambda card: publish(card, columns={"age": {"from": "AGE"}}), "of the table: ['age']"),
        (lambda card: publish(card, left_out={"id": "secret"}), "cannot be left out: ['id']"),
        (
            lambda card: publish(card, missing={"pay": "hidden"}, left_out={"pay": "hidden"}),
            "missing and left out at once: ['pay']",
        ),
        (lambda card: publish(card, {"at_most": None}), "known by `sha256`, by `bytes`, or by"),
        (lambda card: publish(card, {"bytes": 9}), "`bytes` is exact"),
        (lambda card: publish(card, {"url": "http://office.example/rows.csv"}), "rows.csv.url"),
        (
            lambda card: publish(card, {"url": "https://office.example/a.csv"}),
            "not the file's name",
        ),
        (lambda card: publish(card, {"sha256": "abc"}), "rows.csv.sha256"),
        (lambda card: publish(card, {"views": {}}), "rows.csv.views"),
        (
            lambda card: publish(card, {"views": {"a": {}, "b": {}}}),
            "several views need a query",
        ),
        (lambda card: publish(card, query="SELECT * FROM rows"), "name their `columns`"),
        (lambda card: publish(card, adress="x"), "official.rows.adress"),
        (lambda card: card.update(license="CC0"), "license"),
        (lambda card: card.pop("licence"), "licence"),
        (lambda card: card.update(main_table="cells"), "main_table is 'cells'"),
        (lambda card: card["tables"]["rows"]["variables"]["pay"].pop("unit"), "needs a unit"),
        (
            lambda card: card["tables"]["rows"]["variables"]["pay"].update(fractions="by weight"),
            "`fractions` is said of integers only",
        ),
        (lambda card: card["tables"]["rows"]["key"].append("nir"), "nir"),
        (lambda card: card["tables"]["rows"]["variables"]["pay"].update(type="money"), "pay.type"),
        (lambda card: (synthetic(card), card.pop("seed")), "needs a seed and its difficulty"),
        (lambda card: card.update(content_hash="sha256:abc"), "content_hash"),
        (lambda card: card.update(threshold=1), "threshold"),
        (lambda card: contribute(card, column="siret"), "columns that no table has: ['siret']"),
        (lambda card: contribute(card, minimum=2), "contributors.id.minimum"),
        (lambda card: contribute(card, rule="house"), "contributors.id.dominance"),
        (lambda card: contribute(card, p=10), "contributors.id.dominance.nk.p"),
        (lambda card: contribute(card, n=0), "contributors.id.dominance.nk.n"),
        (lambda card: contribute(card, k=100), "contributors.id.dominance.nk.k"),
        (lambda card: contribute(card, rule="p_percent"), "contributors.id.dominance.p_percent.p"),
        (rename, "says its name is 'other'"),
        (lambda card: card.update(builder="a wizard"), "builder"),
        (
            lambda card: card.update(builder="generate.py"),
            "real data are not built by generate",
        ),
        (lambda card: card.update(builder="build.py"), "name its file, and no others"),
        (lambda card: card["tables"]["rows"].pop("file"), "name its file"),
        (lambda card: card.pop("main_table"), "main_table is None"),
        (lambda card: (deliver(card), card.update(tables={})), "a data set of files has no tables"),
        (lambda card: deliver(card, truth={}), "a data set of files has no truth"),
        (
            lambda card: (deliver(card), card.update(builder="package:toy")),
            "files are built by build.py, not by package:toy",
        ),
        (lambda card: deliver(card).update(sha256="abc"), "files.may.csv.sha256"),
        (lambda card: deliver(card).pop("facts"), "files.may.csv.facts"),
        (lambda card: synthetic(card, reached=11), "both `reached` and `tolerance`"),
        (lambda card: synthetic(card, reached=11, tolerance=0.5), "11 is further than 0.5"),
    ],
)
def test_a_broken_card_says_where(tmp_path, change, told):
    with pytest.raises(SsplabError, match=r"toy/card\.yml") as caught:
        read_card(write(tmp_path, change))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"rule": "nk", "n": 1, "k": 85}, "at least 3, the largest one at most 85 % of the total"),
        ({"rule": "nk", "n": 2, "k": 90}, "at least 3, the 2 largest at most 90 % of the total"),
        (
            {"rule": "p_percent", "p": 10},
            "at least 3, the second largest must not know the largest to within 10 %",
        ),
    ],
)
def test_a_card_says_who_contributes_to_a_total(tmp_path, stated, sentence):
    rule = {"id": {"dominance": stated}}
    card = read_card(write(tmp_path, lambda card: card.update(contributors=rule)))
    assert str(card.contributors["id"]) == sentence


@pytest.mark.parametrize("margin", [{}, {"reached": 11, "tolerance": 1}])
def test_the_card_of_a_twin_is_read(tmp_path, margin):
    card = read_card(write(tmp_path, lambda card: synthetic(card, **margin)))
    assert card.package is None


@pytest.mark.parametrize("origin", ["synthetic", "real"])
def test_the_card_of_files_is_read(tmp_path, origin):
    card = read_card(write(tmp_path, lambda card: (deliver(card), card.update(origin=origin))))
    assert card.files["may.csv"].bytes == 3
    assert card.main_table is None
    assert not card.is_twin
    assert card.reading_call == 'folder("toy")'


def test_the_card_of_a_published_table_is_read(tmp_path):
    card = read_card(write(tmp_path, lambda card: publish(card, missing={"pay": "hidden"})))
    assert card.official["rows"].files["rows.csv"].at_most == 99


def test_not_yaml(tmp_path):
    path = write(tmp_path, lambda card: None)
    path.write_text("name: [toy", encoding="utf-8")
    with pytest.raises(SsplabError, match="not YAML"):
        read_card(path)


def test_every_card_of_the_course_is_sound():
    assert {"payroll", "wagepan"} <= set(card_names())
    for name in card_names():
        load_card(name)


def test_unknown_name_offers_the_nearest():
    with pytest.raises(SsplabError, match="Did you mean payroll"):
        load_card("payrol")


def test_a_main_table_tells_of_which_data_set_it_is():
    """A folder of own data is recognised by the name of its main table's file."""
    main = [card.main_table for card in map(load_card, card_names()) if card.tables]
    assert len(set(main)) == len(main)
