"""The employers twin: its margin, what is planted in it, and that nothing gives it away."""

import datetime

import numpy as np
import pandas as pd
import pytest

from ssplab.course import load_card
from ssplab.data import generation
from ssplab.data.twins.firms import BRANDS, LEGAL_FORMS, cleaned
from ssplab.data.twins.geography import commune_code
from ssplab.data.twins.names import NAMES
from ssplab.data.twins.places import COMMUNES, DEPARTMENTS, name_and_rank
from ssplab.data.twins.texts import unaccented

pytestmark = pytest.mark.slow  # generates twins

employers = generation.generator(load_card("employers"))
NOT_FOUND = ["cross_border", "not_registered", "private_household", "too_new"]
CENSUS = pd.Timestamp(2018, 1, 1)


@pytest.fixture(scope="module")
def card():
    return load_card("employers")


@pytest.fixture(scope="module")
def units(twin):
    """Establishments with their enterprise."""
    return twin.tables["establishments"].merge(
        twin.tables["enterprises"], on="siren", validate="many_to_one"
    )


@pytest.fixture(scope="module")
def marked(twin, units):
    """Forms with their truth and the unit that is meant."""
    return (
        twin.tables["forms"]
        .merge(twin.truth["forms"], on="cabbi", validate="one_to_one")
        .merge(units.drop(columns="siren"), on="siret", how="left", validate="many_to_one")
    )


def of_type(marked, type_):
    rows = marked[marked["type"] == type_]
    assert len(rows) > 0
    return rows


BOXES = ["rs_x", "nomvoi_x", "clt_x", "actet_x"]
SLIPS = {"misspelling", "phonetic", "words_split_or_joined", "words_dropped", "truncated"}
# Patterns after which a name is not to be seen as it was known
HIDING = {
    *SLIPS,
    *("brand_type_place", "words_swapped", "abbreviation", "activity_for_name", "vague_name"),
    *("name_in_address_box", "address_in_name_box"),
}


def luhn_sum(number):
    """Return Luhn's sum as it is told: from the right, every second digit doubled."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total


# Margin and difficulty


def test_the_exact_join_finds_what_the_card_says(card, twin, others):
    published = {margin.name: margin.published for margin in card.margins}
    reached = [employers.measure_margins(one) for one in (twin, *others)]
    assert all(set(one) == set(published) for one in reached)
    joined = [one["exact join"] for one in reached]
    assert joined == pytest.approx([published["exact join"]] * len(joined), abs=3)
    assert np.mean(joined) == pytest.approx(published["exact join"], abs=1)


def test_words_alone_leave_nearly_half(difficulty_of):
    for seed in (None, 1, 2):
        difficulty = difficulty_of("employers", seed)
        assert difficulty["exact_right"] < difficulty["token_right"]
        assert difficulty["token_right"] < difficulty["token_all_right"] < 0.55
        # The right enterprise, another of its establishments
        assert difficulty["token_siren_right"] > difficulty["token_right"] + 0.05
        assert difficulty["exact_precision"] < 0.97


def test_a_larger_register_is_harder(twin, larger):
    """The same forms, with two more registers of the same towns and brands to go astray in."""
    forms = twin.tables["forms"].head(1500)
    true = twin.truth["forms"]["siret"].head(1500).fillna("none").to_numpy()
    right, joined = [], []
    for one in (twin, larger):
        register = (one.tables["establishments"], one.tables["enterprises"])
        right.append((employers.token_match(forms, *register).to_numpy() == true).mean())
        joined.append((employers.exact_join(forms, *register).to_numpy() == true).mean())
    assert right[1] < right[0]
    assert joined[1] < joined[0]


def test_harder_is_harder(card, twin):
    """Most people write without care."""
    harder = next(employers.blocks(card.seed, 1, harder=True))
    measured = [employers.measure_exact(one)["exact_right"] for one in (twin, harder)]
    assert measured[1] < measured[0] - 0.1
    known = [one.truth["forms"].dropna(subset="siret") for one in (twin, harder)]
    assert known[1]["hard"].mean() > known[0]["hard"].mean() + 0.1


def test_the_exact_join_is_a_join_on_cleaned_names_and_place():
    establishments = pd.DataFrame(
        [
            ["A1", "A", "A", "75115", "PARIS 15", None, None],
            ["A2", "A", "A", "75116", "PARIS 16", None, None],
            ["B1", "B", "A", "33000", "BORDEAUX", "L'ÉTOILE", None],
            ["B2", "B", "F", "33700", "MERIGNAC", "LE PHARE", None],
            ["C1", "C", "A", "33000", "BORDEAUX", None, "CHEZ C"],
        ],
        columns=[
            *["siret", "siren", "etatAdministratifEtablissement", "codePostalEtablissement"],
            *["libelleCommuneEtablissement", "enseigne1Etablissement"],
            "denominationUsuelleEtablissement",
        ],
    )
    enterprises = pd.DataFrame(
        [["A", "TRANSOLIA SAS", "TS"], ["B", "BEFFROI", None], ["C", "BEFFROI", None]],
        columns=["siren", "denominationUniteLegale", "sigleUniteLegale"],
    ).assign(denominationUsuelle1UniteLegale=None, nomUniteLegale=None)
    cases = [
        ("sarl Transolia", "75115", None, "A1"),
        ("TRANSOLIA", "75116", None, "A2"),
        ("ts", None, "Paris-16", "A2"),
        ("transolia", None, "Paris", None),
        ("L'Étoile", None, "bordeaux CEDEX", "B1"),
        ("chez c", "33000", None, "C1"),
        ("Beffroi", "33000", None, None),  # of two enterprises
        ("le phare", "33700", "Mérignac", None),  # closed
        (None, "75115", "Paris 15", None),
    ]
    forms = pd.DataFrame([case[:3] for case in cases], columns=["rs_x", "cpost_x", "clt_x"])
    found = employers.exact_join(forms, establishments, enterprises)
    assert [None if pd.isna(one) else one for one in found] == [case[3] for case in cases]


# Identifiers and keys


def test_identifiers_satisfy_luhn_and_are_marked(twin):
    establishments, enterprises = twin.tables["establishments"], twin.tables["enterprises"]
    assert establishments["siret"].str.fullmatch(r"\d{14}").all()
    assert (establishments["siret"] == establishments["siren"] + establishments["nic"]).all()
    assert (establishments["nic"].str[:4].astype(int) > 9000).all()
    assert enterprises["siren"].str.fullmatch(r"9[89]\d{7}").all()
    numbers = pd.concat([establishments["siret"], enterprises["siren"]])
    assert numbers.map(luhn_sum).mod(10).eq(0).all()


def test_the_check_digit_is_right_on_known_numbers():
    # The worked example of Luhn's rule, and the SIREN of the State's statistical office
    for number in ("79927398713", "120027016"):
        digits = np.array([[int(digit) for digit in number[:-1]]])
        assert employers._check_digits(digits).tolist() == [int(number[-1])]


def test_keys_hold(twin, card):
    establishments, enterprises = twin.tables["establishments"], twin.tables["enterprises"]
    truth = twin.truth["forms"]
    assert truth["cabbi"].tolist() == twin.tables["forms"]["cabbi"].tolist()
    for key, frame in (("cabbi", truth), ("siret", establishments), ("siren", enterprises)):
        assert frame[key].is_unique
    assert set(establishments["siren"]) == set(enterprises["siren"])
    known = truth.dropna(subset="siret")
    assert known["siret"].isin(establishments["siret"]).all()
    assert (known["siret"].str[:9] == known["siren"]).all()
    assert truth["siren"].isna().equals(truth["siret"].isna())
    assert len(establishments) == employers.ESTABLISHMENTS == card.tables["establishments"].rows
    assert len(enterprises) == employers.ENTERPRISES == card.tables["enterprises"].rows


def test_ranges_hold_the_identifiers_of_all_blocks():
    assert employers.FIRST_SIREN + employers.PLAN.most * employers.ENTERPRISES <= 10**8
    assert employers.PLAN.most * employers.FORMS <= employers.FORM_IDS


# The register


def test_each_enterprise_has_one_registered_office(units):
    seats = units[units["etablissementSiege"]]
    assert seats["siren"].is_unique
    assert len(seats) == units["siren"].nunique()
    assert (seats["nic"] == seats["nicSiegeUniteLegale"]).all()


def test_states_and_dates_hold_together(units):
    closed = units["etatAdministratifEtablissement"] == "F"
    ceased = units["etatAdministratifUniteLegale"] == "C"
    assert closed[ceased].all()
    assert 0.05 < closed.mean() < 0.25
    assert (closed & ~ceased).sum() > 100  # a closed establishment of a living enterprise
    assert units.loc[closed, "trancheEffectifsEtablissement"].eq("NN").all()
    assert units.loc[closed, "caractereEmployeurEtablissement"].eq("N").all()
    created, since = units["dateCreationEtablissement"], units["dateDebut"]
    assert (since >= created).all()
    assert (created >= units["dateCreationUniteLegale"]).all()
    assert since.max() < CENSUS


def test_names_are_those_of_sirene(twin, units):
    sole = units["categorieJuridiqueUniteLegale"] == "1000"
    assert units["nomUniteLegale"].notna().equals(sole)
    assert units["denominationUniteLegale"].isna().equals(sole)
    for column in employers.NAME_COLUMNS:
        names = units[column].dropna()
        assert names.str.fullmatch(r"[A-Z0-9 '&.,-]+").all(), column
        assert len(names) > 100
    legal = units["denominationUniteLegale"].dropna().str.split()
    with_form = legal.str[0].isin(LEGAL_FORMS) | legal.str[-1].isin(LEGAL_FORMS)
    assert 0.1 < with_form.mean() < 0.6
    repeated = twin.tables["enterprises"]["denominationUniteLegale"].dropna().duplicated(keep=False)
    assert repeated.sum() > 500  # namesakes


def test_nobody_is_in_it(twin):
    """A sole trader has a composed surname, and no first name; nobody has an age or a sex."""
    enterprises = twin.tables["enterprises"]
    assert enterprises["prenomUsuelUniteLegale"].isna().all()
    composed = {unaccented(name) for name in NAMES.surnames}
    assert set(enterprises["nomUniteLegale"].dropna()) <= composed
    columns = {column.lower() for table in twin.tables.values() for column in table}
    assert not [one for one in columns if one.startswith(("sexe", "age", "naissance", "date_n"))]


def test_the_register_has_chains_agencies_and_public_bodies(units):
    open_units = units[units["etatAdministratifEtablissement"] == "A"]
    outlets = open_units.groupby("siren").size()
    assert (outlets >= 20).sum() >= 20
    agencies = open_units[open_units["activitePrincipaleUniteLegale"] == "78.20Z"]
    assert len(agencies) > 100
    public = open_units["categorieJuridiqueUniteLegale"].isin(
        ["7210", "7220", "7331", "7364", "7383"]
    )
    assert open_units.loc[public, "siren"].nunique() > 300
    brands = {unaccented(brand.name) for brand in BRANDS if brand.franchised}
    sign = open_units["enseigne1Etablissement"].fillna("")
    for brand in brands:  # one brand, several enterprises, whose names do not tell it
        under = open_units[sign.str.startswith(brand)]
        assert len(under["siren"].unique()) > 1, brand
    assert (open_units["libelleCedexEtablissement"].dropna().str.endswith(" CEDEX")).all()


def test_places_are_real(card):
    """Names and codes are those of the communes that ship, arrondissements are of one of them."""
    codes = [commune.code for commune in COMMUNES]
    assert len(codes) == len(set(codes)) == 160
    assert len(DEPARTMENTS) == 24
    assert "160 communes of 24 départements" in card.coverage
    for commune in COMMUNES:
        name, rank = name_and_rank(commune.name)
        official = commune_code(DEPARTMENTS[commune.department].code, name)
        assert (official != commune.code) == bool(rank)


# What is planted


def test_every_pattern_is_there_and_patterns_mix(card, marked):
    stated = set(card.truth["forms"].variables) - {"cabbi", "siret", "siren", "kind", "type"}
    assert stated == {"hard", *employers.PATTERNS}
    patterns = marked[list(employers.PATTERNS)]
    counts = patterns.sum()
    assert counts.min() >= 20, counts.idxmin()
    assert counts.max() < len(marked) / 2
    slips = patterns[["misspelling", "phonetic", "words_split_or_joined", "brand_for_name"]]
    assert (slips.sum(axis=1) >= 2).sum() > 200


def same(written, theirs):
    """Tell where two columns hold the same cleaned name, and one at all."""
    written, theirs = (names.fillna("").map(cleaned) for names in (written, theirs))
    return (written == theirs) & (written != "")


def one_of_its_names(rows):
    return np.logical_or.reduce([same(rows["rs_x"], rows[name]) for name in employers.NAME_COLUMNS])


VAGUE = {unaccented(name) for name in employers.WORDS.vague}


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        ("accents", lambda row: row["rs_x"].map(str.isascii).eq(False)),
        ("acronym", lambda row: same(row["rs_x"], row["sigleUniteLegale"])),
        ("expansion", lambda row: row["rs_x"].str.len() > row["denominationUniteLegale"].str.len()),
        ("brand_for_name", lambda row: ~same(row["rs_x"], row["denominationUniteLegale"])),
        (
            "cedex",
            lambda row: (
                row["cpost_x"]
                .fillna(row["codeCedexEtablissement"])
                .eq(row["codeCedexEtablissement"])
            ),
        ),
        ("name_in_address_box", lambda row: row["cpladr_x"].notna()),
        ("address_in_name_box", lambda row: row["nomvoi_x"].isna() & row["numvoi_x"].isna()),
        ("activity_for_name", lambda row: ~one_of_its_names(row)),
        ("vague_name", lambda row: row["rs_x"].map(unaccented).isin(VAGUE)),
        ("residence_commune", lambda row: row["codeCommuneEtablissement"] != row["depcom_code"]),
        ("neighbouring_postcode", lambda row: row["cpost_x"] != row["codePostalEtablissement"]),
        ("blank_fields", lambda row: row[BOXES].isna().any(axis=1)),
    ],
)
def test_a_form_is_as_its_pattern_says(pattern, holds, marked):
    """On forms about the unit itself, whose name has no other slip that could hide this one."""
    usual = marked[marked["kind"].isna() & marked[pattern]]
    alone = usual[usual[sorted(HIDING - {pattern})].sum(axis=1) == 0]
    assert len(alone) >= 5
    assert holds(alone).all()


def test_names_without_a_mark_are_the_registers(marked):
    """Where nothing was done to the name, it is one of the unit's; where something was, seldom."""
    usual = marked[marked["kind"].isna()]
    slips = sorted(SLIPS)
    hidden = ["activity_for_name", "vague_name", "name_in_address_box", "address_in_name_box"]
    touched = usual[[*employers.NAME_PATTERNS, *hidden]].any(axis=1) | usual["rs_x"].isna()
    assert one_of_its_names(usual[~touched]).all()
    assert len(usual[~touched]) > 500
    slipped = usual[usual[slips].any(axis=1) & ~usual[hidden].any(axis=1)]
    assert one_of_its_names(slipped).mean() < 0.02
    brand = usual[usual["brand_for_name"] & ~usual[[*slips, *hidden]].any(axis=1)]
    assert (~same(brand["rs_x"], brand["denominationUniteLegale"])).mean() > 0.99


def test_hard_forms_are_those_that_words_do_not_lead_to(twin, marked):
    """Word matching gets far fewer of the hard ones right."""
    found = employers.token_match(
        *(twin.tables[n] for n in ("forms", "establishments")), twin.tables["enterprises"]
    )
    right = pd.Series(found.to_numpy() == marked["siret"].fillna("none").to_numpy())
    known = marked["siret"].notna()
    hard = marked["hard"]
    assert not hard[~known].any()
    assert right[known & hard].mean() < 0.5 * right[known & ~hard].mean()


def test_the_employer_is_not_always_where_or_what_is_written(marked, units):
    by_siret = units.set_index("siret")
    named = of_type(marked, "client_named")
    assert named["activitePrincipaleUniteLegale"].eq("78.20Z").all()
    assert named["empl"].eq("12").all()
    assert (~one_of_its_names(named)).all()
    assert of_type(marked, "agency_named")["activitePrincipaleUniteLegale"].eq("78.20Z").all()
    office = of_type(marked, "head_office_address")
    assert not office["etablissementSiege"].any()
    seats = units[units["etablissementSiege"]].set_index("siren")
    seat = seats.loc[office["siren"]]
    told = office["nomvoi_x"].notna().to_numpy() & ~office["address_misspelt"].to_numpy()
    towns = office["libelleCommuneEtablissement"].to_numpy()
    other = told & (seat["libelleCommuneEtablissement"].to_numpy() != towns)
    assert other.sum() > 5
    closed = of_type(marked, "closed")
    assert closed["etatAdministratifEtablissement"].eq("F").all()
    since = closed["dateDebut"]
    assert (since < CENSUS).all()
    assert (since >= CENSUS - datetime.timedelta(days=92)).all()
    elsewhere = marked[marked["type"] != "closed"].dropna(subset="siret")
    assert by_siret.loc[elsewhere["siret"], "etatAdministratifEtablissement"].eq("A").all()


def test_former_names_and_addresses_are_of_closed_units(marked, units):
    closed = units[units["etatAdministratifEtablissement"] == "F"]
    moved = of_type(marked, "former_address")
    assert moved["siren"].isin(closed["siren"]).all()
    taken = of_type(marked, "former_name")
    key = ["libelleVoieEtablissement", "codePostalEtablissement"]
    before = pd.MultiIndex.from_frame(closed[key].fillna(""))
    assert pd.MultiIndex.from_frame(taken[key].fillna("")).isin(before).all()
    assert (~one_of_its_names(taken)).mean() > 0.9


def test_some_employers_are_not_in_the_register(twin, marked):
    missing = marked["siret"].isna()
    assert missing.equals(marked["type"].isin(NOT_FOUND))
    assert of_type(marked, "cross_border")["cpost_x"].isna().all()
    assert of_type(marked, "cross_border")["plt_x"].notna().mean() > 0.4
    assert marked.loc[~marked["type"].eq("cross_border"), "plt_x"].isna().all()
    assert of_type(marked, "not_registered")["empl"].eq("21").all()
    # Those who are too new look like the others: some have a namesake in the register
    new = of_type(marked, "too_new")
    joined = employers.exact_join(
        new[list(twin.tables["forms"])], twin.tables["establishments"], twin.tables["enterprises"]
    )
    assert joined.notna().mean() < 0.2


def test_ambiguous_forms_name_an_employer_with_several_open_units(marked, units):
    open_units = units[units["etatAdministratifEtablissement"] == "A"].groupby("siren").size()
    rows = marked[marked["ambiguous_establishment"]]
    assert (open_units.loc[rows["siren"]] > 1).all()


def test_large_employers_come_often(marked):
    forms = marked["siret"].value_counts()
    assert (forms > 1).sum() > 300  # a split by form leaks: the same employer on both sides
    assert forms.max() < 50
    size = marked.dropna(subset="siret").drop_duplicates("siret").set_index("siret")
    large = size["trancheEffectifsEtablissement"] >= "21"
    large &= size["trancheEffectifsEtablissement"] != "NN"
    assert forms[large[large].index].mean() > 2 * forms[large[~large].index].mean()


# Nothing gives it away


def test_neither_order_nor_identifier_gives_the_match_away(twin, larger):
    """Ranks of forms and of their units are unrelated, within a block and over blocks."""
    for one, within in ((twin, True), (larger, False)):
        rows = one.truth["forms"].dropna(subset="siret")
        establishments = one.tables["establishments"]
        place = pd.Series(np.arange(len(establishments)), index=establishments["siret"])
        ranks = pd.DataFrame(
            {
                "form": rows["cabbi"].rank(),
                "siret": rows["siret"].rank(method="dense"),
            }
        )
        if within:  # over blocks, the rows' order tells the block: the card says so
            ranks["row"] = np.arange(len(rows))
            ranks["unit"] = place[rows["siret"]].to_numpy()
        related = ranks.corr(method="spearman")
        bound = 4 / np.sqrt(len(rows))
        pairs = [("form", "siret")] + ([("row", "unit")] if within else [])
        for a, b in pairs:
            assert abs(related.loc[a, b]) < bound, (a, b)


def drawn_place(numbers, first, step, size):
    """Undo the step by which a range is walked: what is left is the order of the draw."""
    places = [(number - first) * pow(step, -1, size) % size for number in numbers]
    return pd.Series(places, index=numbers.index).rank(pct=True, method="dense")


def test_identifiers_do_not_tell_who_has_a_match(marked):
    numbers = marked["cabbi"].str[1:].astype(int)
    first, step, size = employers.FORM_IDS // 9, employers.FORM_STEP, employers.FORM_IDS
    rank = drawn_place(numbers, first, step, size)
    for flag in (marked["siret"].isna(), marked["hard"], marked["kind"].eq("error")):
        standard_error = np.sqrt(1 / 12 / flag.sum())
        assert abs(rank[flag].mean() - 0.5) < 4 * standard_error


def test_sirens_do_not_tell_the_kind_of_employer(units):
    firms = units.drop_duplicates("siren")
    size = employers.PLAN.most * employers.ENTERPRISES
    numbers = firms["siren"].str[:8].astype(int)
    rank = drawn_place(numbers, employers.FIRST_SIREN, employers.SIREN_STEP, size)
    firms = firms.assign(rank=rank)
    for category in ("1000", "5499", "9220", "7210"):
        of_it = firms.loc[firms["categorieJuridiqueUniteLegale"] == category, "rank"]
        assert abs(of_it.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(of_it)), category


@pytest.mark.parametrize("name", ["SA", "sas", "SARL SA"])
def test_an_acronym_that_is_a_legal_form_outlives_the_greatest_haste(name):
    written = {
        employers._hurried(employers.Dice(np.random.default_rng(seed)), name, 6.0, set())
        for seed in range(200)
    }
    assert {text.upper() for text in written} == {name.upper()}


# Reproducible
