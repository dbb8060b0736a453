"""Words of the twins: what an editor may get wrong is told with its file and its field."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from ssplab.course import card_names, course_root, load_card
from ssplab.data import generation
from ssplab.data.twins import firms, places
from ssplab.data.twins.dice import Dice
from ssplab.data.twins.geography import commune_code, departments
from ssplab.data.twins.words import Text, Texts, Words, load_words, pattern, read_words
from ssplab.system import SsplabError

TWINS = [name for name in card_names() if load_card(name).is_twin]


class Town(Words):
    name: Text
    weight: float


class Toy(Words):
    towns: tuple[Town, ...]
    sentences: tuple[pattern("town"), ...]
    tasks: Texts


SOUND = {
    "towns": [{"name": "Vire", "weight": 17}],
    "sentences": ["On cherche à {town}."],
    "tasks": ["couper", "coiffer"],
}


def written(folder, content):
    path = folder / "toy" / "words.yml"
    path.parent.mkdir()
    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_words_keep_their_order_and_their_types(tmp_path):
    words = read_words(written(tmp_path, SOUND), Toy)
    assert words.tasks == ("couper", "coiffer")
    assert words.towns == (Town(name="Vire", weight=17.0),)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tows": []}, r"  tows: Extra inputs are not permitted"),
        ({"tasks": None}, r"  tasks: Input should be a valid (tuple|array)"),
        ({"tasks": []}, r"  tasks: .* at least 1 item"),
        ({"towns": [{"name": "Vire"}]}, r"  towns\.0\.weight: Field required"),
        ({"towns": [{"name": 14, "weight": 17}]}, r"  towns\.0\.name: Input .* valid string"),
        ({"towns": [{"name": "", "weight": 17}]}, r"  towns\.0\.name: .* at least 1 character"),
        ({"towns": [{"name": "Vire", "weight": "17"}]}, r"  towns\.0\.weight: .* valid number"),
        ({"sentences": ["À {ville}."]}, r"  sentences\.0: .*À \{ville\}.* may hold \{town\}, and"),
        ({"sentences": ["À {town."]}, r"  sentences\.0: .*and no other braces"),
    ],
)
def test_broken_words_are_told_with_file_and_field(tmp_path, change, told):
    path = written(tmp_path, SOUND | change)
    with pytest.raises(SsplabError, match=told) as caught:
        read_words(path, Toy)
    assert str(caught.value).startswith("toy/words.yml breaks its schema:\n")


def test_what_is_not_yaml_or_not_there_is_told(tmp_path):
    with pytest.raises(SsplabError, match=r"toy/words\.yml is not YAML: .*\n.*line 1"):
        read_words(written(tmp_path, "towns: [Vire"), Toy)
    with pytest.raises(SsplabError, match=r"none/words\.yml is missing\. Restore it with git"):
        read_words(tmp_path / "none" / "words.yml", Toy)


@pytest.mark.parametrize("name", TWINS)
def test_a_generator_s_words_are_read_from_its_data_set_s_folder(name, tmp_path, monkeypatch):
    """Strictly: one field more, and they are refused."""
    shutil.copytree(course_root() / "datasets" / name, tmp_path / "datasets" / name)
    (tmp_path / "_toc.yml").touch()
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    model = type(generation.generator(load_card(name)).WORDS)
    assert load_words(name, model) == generation.generator(load_card(name)).WORDS
    path = tmp_path / "datasets" / name / "words.yml"
    path.write_text(path.read_text(encoding="utf-8") + "\nsurplus: 1\n", encoding="utf-8")
    with pytest.raises(SsplabError, match=rf"{name}/words\.yml breaks .*:\n  surplus: Extra"):
        load_words(name, model)


@pytest.mark.parametrize(
    ("name", "found", "written", "told"),
    [
        ("payroll", "executives: 0.09", "executives: 0.5", "categories do not add up to 1"),
        ("payroll", "duplicate: 0.7", "duplicates: 0.7", "Cirrus is prone to"),
        ("employers", "trade: 87.10A", "trade: 87.10B", r"not there: \['87\.10B'\]"),
        ("job_offers", "trades: [10.71C", "trades: [10.71A", r"not there: \['10\.71A'\]"),
        ("job_offers", "pay: [24, 30]", "pay: [34, 30]", "pays 34 at least, 30 at most"),
        ("job_offers", "Santé - Social: [J]", "Santé - Social: [K]", "not once for each family"),
        ("job_offers", "jobflux: 18", "jobflex: 18", "origins are .*'jobflex'"),
        ("job_offers", "experience: 0.75, ", "", "Fleuve Emploi states"),
        ("careers", "private_other: 935", "private_other: 835", "do not add up to 1,000"),
        ("careers", "{code: BE, share: 0.20", "{code: BE, share: 0.40", "shares of the sectors"),
        ("careers", "{year: 1957", "{year: 1956", "years are not those from 1957 to 2023"),
        ("careers", "holds: {private_executive", "holds: {executive", "the states of holds are"),
        ("mobile_phones", "share: 0.42", "share: 0.52", "shares of the poles do not add up to 1"),
        ("mobile_phones", "[2023-02-18, ", "[2023-03-18, ", "holidays must lie between 2023-01-09"),
        ("mobile_phones", "north: -20.0, east: 11", "north: 30, east: 11", "from south to north"),
        (
            "mobile_phones",
            "city: lyon",
            "city: lille",
            "the outage is in 'lille', which is no city",
        ),
        ("mobile_phones", "night: 2023-01-25", "night: 2024-01-25", "is not in the period"),
    ],
)
def test_words_that_do_not_fit_each_other_are_refused(name, found, written, told, tmp_path):
    path = tmp_path / name / "words.yml"
    path.parent.mkdir()
    sound = (course_root() / "datasets" / name / "words.yml").read_text(encoding="utf-8")
    assert found in sound
    path.write_text(sound.replace(found, written, 1), encoding="utf-8")
    with pytest.raises(SsplabError, match=told):
        read_words(path, type(generation.generator(load_card(name)).WORDS))


@pytest.mark.parametrize(
    ("module", "model", "found", "written", "told"),
    [
        (places, places.Places, '"75115"', '"69115"', "Paris 15 is not in département 75"),
        (firms, firms.Firms, "trade: 47.11F", "trade: 47.11X", "names? trades .* {'47.11X'}"),
        (firms, firms.Firms, "{kind} {town}", "{kind} {ville}", "may hold {name}, {kind}"),
    ],
)
def test_shared_words_fit_each_other(module, model, found, written, told, tmp_path):
    source = Path(module.__file__).with_suffix(".yml")
    sound = source.read_text(encoding="utf-8")
    assert found in sound
    path = tmp_path / source.name
    path.write_text(sound.replace(found, written, 1), encoding="utf-8")
    with pytest.raises(SsplabError, match=told):
        read_words(path, model)


def test_departments_are_official():
    official = departments()
    used = {department.code for department in places.DEPARTMENTS}
    payroll, scanner, offers = (
        generation.generator(load_card(name)).WORDS for name in ("payroll", "scanner", "job_offers")
    )
    used |= {*payroll.departments, *scanner.departments, *offers.environs}
    assert used <= set(official)
    assert official["69"] == ("Rhône", "84", "Auvergne-Rhône-Alpes")
    assert commune_code("69", "Lyon") == "69123"
    with pytest.raises(KeyError):
        commune_code("69", "Paris")


def test_no_name_of_a_company_is_left_with_braces():
    dice = Dice(np.random.default_rng(0))
    composed = [
        firms.compose_company(dice, dice.pick(firms.TRADES), dice.below(len(places.COMMUNES)))
        for _ in range(2000)
    ]
    assert not [company for company in composed if re.search("[{}]", company.name)]
    assert {company.form for company in composed} <= set(firms.LEGAL_FORMS)
