"""The activity labels twin: its margin, what is planted in it, and that nothing gives it away."""

import numpy as np
import pandas as pd
import pytest

from ssplab.course import course_root, load_card
from ssplab.data import generation
from ssplab.data.twins.texts import normalised

pytestmark = pytest.mark.slow  # generates twins

labels = generation.generator(load_card("activity_labels"))
SEEDS = (None, 1, 2)  # the sample's and two others


@pytest.fixture(scope="module")
def card():
    return load_card("activity_labels")


@pytest.fixture(scope="module")
def marked(twin):
    """Declarations with their truth."""
    return twin.tables["descriptions"].merge(
        twin.truth["descriptions"], on="declaration_id", validate="one_to_one"
    )


@pytest.fixture(scope="module")
def words():
    return labels.WORDS


@pytest.fixture(scope="module")
def subclasses():
    """Sub-classes of NAF rev. 2, with their section."""
    items = pd.read_parquet(course_root() / "datasets" / "naf" / "activities.parquet")
    parents = items.set_index("code")["parent"]
    codes = items.loc[items["level"] == "subclass", "code"]
    section = pd.Series(codes.to_numpy(), index=codes)
    for _ in ("class", "group", "division", "section"):
        section = section.map(parents)
    return section


# The words


def test_every_code_of_the_words_is_in_the_nomenclature(words, subclasses):
    codes = {one.code for one in words.activities}
    near = {code for one in words.activities for code in one.near}
    beside = {code for kind in words.kinds.values() for code in kind.beside}
    assert codes | near | beside | {*words.mixed, *words.single} <= set(subclasses.index)
    assert {*words.vague, *words.alone} <= set(subclasses.index.str[:2])
    assert all(one.code not in one.near for one in words.activities)


def test_words_have_no_capitals(words):
    """The style of a text is drawn, not written."""
    texts = [
        text
        for one in words.activities
        for text in (*one.formal, *one.trade, *one.verbs, *one.objects)
    ]
    texts += [text for kind in words.kinds.values() for text in kind.vague]
    texts += [frame.text for frame in (*words.frames.centre, *words.frames.online)]
    assert [text for text in texts if text != text.lower()] == []


# What the project set itself


@pytest.mark.parametrize("seed", [2, 3])
def test_a_model_loses_about_as_much_between_channels(seed, generated):
    (margin,) = load_card("activity_labels").margins
    lost = labels.measure_margins(generated("activity_labels", seed))[margin.name]
    assert lost == pytest.approx(margin.published, abs=margin.tolerance)


@pytest.mark.parametrize("seed", SEEDS)
def test_official_labels_code_less_than_half(seed, difficulty_of):
    measures = difficulty_of("activity_labels", seed)
    assert measures["nearest_label"] <= 0.45
    assert 0.8 < measures["kappa"] < 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_all_sections_and_most_usual_subclasses_occur(seed, generated, subclasses):
    codes = generated("activity_labels", seed).truth["descriptions"]["true_code"]
    assert codes.nunique() >= 300
    assert codes.map(subclasses).nunique() == 21


# What is planted


def test_double_coded_are_a_random_sample_of_each_block(twin, marked):
    double = twin.tables["double_coding"]
    assert (double["declaration_id"].str[1:4].value_counts() == labels.DOUBLE_CODED).all()
    drawn = marked["declaration_id"].isin(double["declaration_id"])
    for number in (
        marked["text"].str.len(),
        marked["code"].rank(),
        marked["channel"].eq("online"),
        marked["type"].eq("miscoded"),
        marked["copy"],
    ):
        away = number[drawn].mean() - number.mean()
        assert abs(away) < 4 * number.std() / np.sqrt(drawn.sum()), number.name


def test_the_arbiter_is_right_more_often_than_either_coder(twin, marked):
    double = twin.tables["double_coding"].merge(marked, on="declaration_id", validate="1:1")
    assert (double["first_code"] == double["code"]).all()
    right = {who: (double[who] == double["true_code"]).mean() for who in double.columns[1:4]}
    assert right["second_code"] < right["first_code"] < right["arbitrated_code"] < 1
    agree = double["first_code"] == double["second_code"]
    assert (double["arbitrated_code"] == double["first_code"])[agree].all()


def test_errors_are_codes_that_differ_from_the_truth(marked):
    wrong = marked["code"] != marked["true_code"]
    assert (wrong == marked["type"].eq("miscoded")).all()
    assert (wrong == marked["kind"].eq("error")).all()
    chances = wrong.groupby([marked["vague"], marked["several"]]).mean()
    assert chances[False, False] < chances[False, True] < chances[True, False]


def test_copies_are_of_their_enterprise_and_mostly_in_its_words(marked):
    copies = marked[marked["copy"]]
    firsts = marked[~marked["copy"]].set_index("enterprise_id")
    assert firsts.index.is_unique
    first = firsts.loc[copies["enterprise_id"]]
    for column in ("true_code", "form_type", "channel"):
        assert (copies[column].to_numpy() == first[column].to_numpy()).all(), column
    alike = copies["text"].map(normalised).to_numpy() == first["text"].map(normalised).to_numpy()
    assert 0.9 < alike.mean() < 1
    assert (copies["event"] == "new_establishment").all()


def test_an_enterprise_is_within_a_block_and_a_channel(marked):
    blocks = marked["declaration_id"].str[1:4]
    assert (blocks == marked["enterprise_id"].str[1:4]).all()
    channels = marked[["enterprise_id", "channel"]].drop_duplicates()
    assert channels["enterprise_id"].is_unique
    sizes = pd.crosstab(blocks, marked["channel"])
    assert (sizes == [labels.CENTRE, labels.ONLINE]).all(axis=None)


def test_each_channel_has_its_own_days(marked):
    years = marked["declared_on"].dt.year.groupby(marked["channel"]).agg(["min", "max"])
    assert years.to_numpy().tolist() == [[2022, 2022], [2023, 2023]]


def test_shops_alone_have_an_area_which_tells_grocers_apart(marked, words):
    told = marked.dropna(subset="area")
    assert set(told["true_code"]) <= {one.code for one in words.activities if one.kind == "shop"}
    grocers = told[told["true_code"].isin(labels.GROCERS)]
    assert (grocers["area"] == grocers["true_code"].map(labels.GROCERS)).all()
    assert grocers["area"].nunique() >= 3  # one with the largest may be missing
    assert told["area"].value_counts(normalize=True)["1"] < 0.9


def test_the_truth_follows_the_correspondence(twin, marked):
    correspondence = twin.tables["correspondence"]
    split = marked.dropna(subset="new_code")
    of = correspondence.set_index("new_code")["code"]
    assert (split["new_code"].map(of) == split["true_code"]).all()
    assert set(split["new_code"]) == set(correspondence["new_code"])
    assert marked["new_code"].notna().equals(marked["true_code"].isin(correspondence["code"]))
    assert (correspondence.groupby("code").size() > 1).all()


# Who writes what


def test_what_is_written_fits_who_writes(marked):
    text = marked["text"].map(normalised)
    spoken = text.str.contains(r"\bje\b")
    assert not spoken[marked["channel"] == "centre"].any()
    assert spoken[marked["channel"] == "online"].mean() > 0.03
    micro = text.str.contains(r"\bauto entrepreneur\b|\bmicro entreprise\b")
    assert micro.sum() > 50
    assert (marked.loc[micro, "form_type"] == "micro").all()
    holdings = marked["true_code"].eq("64.20Z")
    assert (marked.loc[holdings, "form_type"] == "company").all()
    assert (marked.loc[marked["true_code"].str[:2].eq("84"), "form_type"] == "public").all()


# Nothing gives it away


def test_neither_identifiers_nor_days_tell_the_truth(marked):
    """Ranks are unrelated, within a channel: the channel has its own days and words."""
    for _, rows in marked.groupby("channel"):
        hidden = pd.DataFrame(
            {
                "code": rows["true_code"].rank(),
                "copy": rows["copy"].astype(float),
                "several": rows["several"].astype(float),
                "vague": rows["vague"].astype(float),
                "miscoded": rows["type"].eq("miscoded").astype(float),
            }
        )
        shown = pd.DataFrame(
            {
                "declaration": rows["declaration_id"].str[4:].astype(int),
                "enterprise": rows["enterprise_id"].str[4:].astype(int),
                "day": rows["declared_on"].rank(),
            }
        )
        related = pd.concat([hidden, shown], axis=1).corr(method="spearman")
        # Declarations of an enterprise share its number, so that the bound is a wide one
        assert related.loc[hidden.columns, shown.columns].abs().max(axis=None) < 5 / np.sqrt(
            len(rows)
        )


def test_the_order_of_rows_is_that_of_identifiers(twin):
    for table in (*twin.tables.values(), *twin.truth.values()):
        if "declaration_id" in table:
            assert table["declaration_id"].is_monotonic_increasing
