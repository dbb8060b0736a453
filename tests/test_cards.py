"""A card that breaks its schema says where."""

import copy

import pytest
import yaml

from ssplab.cards import card_names, load_card, read_card
from ssplab.errors import SsplabError

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


def rename(card):
    card["name"] = "other"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda card: card.update(license="CC0"), "license"),
        (lambda card: card.pop("licence"), "licence"),
        (lambda card: card.update(main_table="cells"), "main_table is 'cells'"),
        (lambda card: card["tables"]["rows"]["variables"]["pay"].pop("unit"), "needs a unit"),
        (lambda card: card["tables"]["rows"]["key"].append("nir"), "nir"),
        (lambda card: card["tables"]["rows"]["variables"]["pay"].update(type="money"), "pay.type"),
        (lambda card: card.update(origin="synthetic"), "needs a seed and its difficulty"),
        (lambda card: card.update(content_hash="sha256:abc"), "content_hash"),
        (lambda card: card.update(threshold=1), "threshold"),
        (rename, "says its name is 'other'"),
    ],
)
def test_a_broken_card_says_where(tmp_path, change, told):
    with pytest.raises(SsplabError, match=r"toy/card\.yml") as caught:
        read_card(write(tmp_path, change))
    assert told in str(caught.value)


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
