"""The job offers twin: what ads mean, which are of one vacancy, and that nothing tells it."""

import itertools
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from ssplab import load
from ssplab.course import load_card
from ssplab.data import generation
from ssplab.data.twins.texts import normalised

pytestmark = pytest.mark.slow  # generates twins

job_offers = generation.generator(load_card("job_offers"))
FIRST, LAST = pd.Timestamp(2023, 1, 2), pd.Timestamp(2023, 6, 30)
WITH_DATA = ["cadres-et-metiers", "jobflux", "guichet-emploi"]
DUPLICATES = ["full", "semantic", "temporal", "partial"]


@pytest.fixture(scope="module")
def card():
    return load_card("job_offers")


@pytest.fixture(scope="module")
def marked(twin):
    """Ads with their truth."""
    return twin.tables["ads"].merge(twin.truth["ads"], on="ad_id", validate="one_to_one")


@pytest.fixture(scope="module")
def duplicates(twin):
    return twin.truth["pairs"].loc[lambda pairs: pairs["type"] != "non_duplicate"]


def sides(pairs, ads):
    """Return the two ads of each pair, side by side."""
    by_id = ads.set_index("ad_id")
    return by_id.loc[pairs["ad_id_1"]].reset_index(), by_id.loc[pairs["ad_id_2"]].reset_index()


# Margin and difficulty


def test_half_of_the_public_employment_service_s_offers_are_from_partners(card, twin, others):
    published = {margin.name: margin.published for margin in card.margins}
    reached = [job_offers.measure_margins(one) for one in (twin, *others)]
    assert all(set(one) == set(published) for one in reached)
    shares = [one["offers from partners"] for one in reached]
    assert shares == pytest.approx([50] * len(shares), abs=5)
    assert np.mean(shares) == pytest.approx(50, abs=3)


def test_the_difficulty_holds_on_other_seeds(difficulty_of):
    for seed in (None, 1, 2):
        measures = difficulty_of("job_offers", seed)
        assert min(measures[f"{name}_share"] for name in DUPLICATES) > 0.1
        assert 1.4 < measures["ads_per_vacancy"] < 1.65
        assert measures["look_alikes"] > 0.15
        assert measures["exact_recall"] < 0.3
        assert measures["exact_precision"] < 0.95
        assert 1.3 < measures["exact_count"] < measures["ads_per_vacancy"]
        assert measures["executives_ads"] > 1.5 * measures["executives_market"]
        assert measures["digits_wrong"] > 0.9
        assert 0.15 < measures["size_wrong"] < 0.35


def test_harder_is_harder(card, difficulty_of):
    """Nothing is taken over word for word."""
    harder = next(job_offers.blocks(card.seed, 1, harder=True))
    usual, hard = difficulty_of("job_offers"), job_offers.measure_difficulty(harder)
    assert hard["full_share"] < usual["full_share"] / 2
    assert hard["hard_share"] > usual["hard_share"] + 0.05
    assert hard["partial_share"] > usual["partial_share"] + 0.05


def test_salaries_are_read_naively_as_it_is_said():
    digits = {
        "25 000 € à 30 000 € / an": (25, 0),
        "11,52 €/h": (11, 52),
        "2100€": (2100, 2100),
    }
    assert {text: job_offers.salary_from_digits(text) for text in digits} == digits
    size = {
        "25 000 € à 30 000 € / an": (25_000, 30_000),
        "25\u00a0000\u202f€": (25_000, 25_000),
        "25-30 k€": (25_000, 30_000),
        "11,52 €/h": (pytest.approx(20_966.4), pytest.approx(20_966.4)),
        "1 750 net": (21_000, 21_000),
        "2 100 € brut mensuel sur 13 mois": (25_200, pytest.approx(13 * 1820)),
    }
    assert {text: job_offers.salary_from_size(text) for text in size} == size


# Keys and dates


def test_keys_hold(twin, card):
    ads, truth, vacancies = twin.tables["ads"], twin.truth["ads"], twin.truth["vacancies"]
    assert truth["ad_id"].tolist() == ads["ad_id"].tolist()
    assert ads["ad_id"].is_unique
    assert ads["ad_id"].str.fullmatch(r"A\d{7}").all()
    assert vacancies["vacancy_id"].is_unique
    assert set(truth["vacancy_id"].dropna()) == set(vacancies["vacancy_id"])
    assert not ads.duplicated(["site", "reference"]).any()
    assert len(ads) == job_offers.ADS == card.tables["ads"].rows
    assert 3_700 < len(vacancies) < 4_200
    assert set(ads["site"]) == set(twin.tables["sites"]["site"]) == set(job_offers.SITES)


def test_references_stay_unique_over_blocks(larger):
    assert not larger.tables["ads"].duplicated(["site", "reference"]).any()
    assert job_offers.PLAN.most * job_offers.ADS <= job_offers.REFERENCES <= job_offers.IDS


def test_each_site_has_a_manner_of_reference(twin):
    shapes = {
        "fleuve-emploi": r"R\d{6}",
        "cadres-et-metiers": r"CM-2023-\d{6}",
        "jobflux": r"[0-9a-f]{10}",
        "guichet-emploi": r"\d{3}[B-Z]{4}",
        "petites-annonces": r"\d{9}",
        "interim-express": r"IE/\d{3}/\d{3}",
    }
    for site, references in twin.tables["ads"].groupby("site")["reference"]:
        assert references.str.fullmatch(shapes[site]).all(), site


def test_ads_stand_on_the_sites_in_the_six_months(marked, twin):
    assert marked["first_seen"].min() == FIRST
    assert marked["last_seen"].max() == LAST
    assert (marked["first_seen"] <= marked["last_seen"]).all()
    assert (marked["published"] <= marked["last_seen"]).all()
    assert 0.02 < (marked["first_seen"] == FIRST).mean() < 0.3
    renewed = marked["published"] > marked["first_seen"]
    assert 0.03 < renewed.mean() < 0.3
    assert not renewed[marked["site"] == "petites-annonces"].any()
    late = marked["first_seen"] - marked["published"]
    assert (late[marked["first_seen"] > FIRST] <= pd.Timedelta(days=2)).all()
    vacancies = twin.truth["vacancies"]
    assert (vacancies["filled"].dropna() > vacancies["opened"][vacancies["filled"].notna()]).all()
    opened = marked["vacancy_id"].map(vacancies.set_index("vacancy_id")["opened"])
    assert (marked["first_seen"] >= opened)[opened.notna()].all()


def test_the_aggregator_takes_ads_down_late(marked, twin):
    filled = twin.truth["vacancies"].set_index("vacancy_id")["filled"]
    late = (marked["last_seen"] - marked["vacancy_id"].map(filled)).dt.days
    stale = late.gt(7).groupby(marked["site"]).mean()
    assert stale.idxmax() == "jobflux"
    assert stale["jobflux"] > 0.2


# Pairs


def test_pairs_are_all_those_of_a_vacancy(twin, marked, duplicates):
    assert (twin.truth["pairs"]["ad_id_1"] < twin.truth["pairs"]["ad_id_2"]).all()
    wanted = {
        tuple(sorted(pair))
        for _, ids in marked.groupby("vacancy_id")["ad_id"]
        for pair in itertools.combinations(ids, 2)
    }
    left, right = sides(duplicates, marked)
    real = duplicates[left["kind"].ne("ghost").to_numpy()]
    assert wanted == set(zip(real["ad_id_1"], real["ad_id_2"], strict=True))
    assert (left["kind"] == right["kind"]).all()
    assert (left["vacancy_id"].fillna("") == right["vacancy_id"].fillna("")).all()


def test_full_duplicates_are_word_for_word_and_no_others(twin, marked, duplicates):
    left, right = sides(duplicates, marked)
    same = left["description"].map(normalised) == right["description"].map(normalised)
    full = (duplicates["type"] == "full").to_numpy()
    assert same[full].all()
    assert same[~full].mean() < 0.02  # a short text under another title


def test_partial_duplicates_state_more_or_less(marked, duplicates):
    """Among those that state the same, what can be read in both is the same."""
    left, right = sides(duplicates, marked)
    stated = ["experience_years", "weekly_hours"]
    differ = (left[stated].isna() != right[stated].isna()).any(axis=1)
    types = duplicates["type"].reset_index(drop=True)
    assert not differ[types.isin(["semantic", "temporal"])].any()
    assert differ[types == "partial"].mean() > 0.4
    both = left[stated].notna() & right[stated].notna()
    assert (left[stated] == right[stated])[both].sum().sum() == both.sum().sum()


def test_temporal_duplicates_are_three_weeks_apart(marked, duplicates):
    left, right = sides(duplicates, marked)
    apart = (left["first_seen"] - right["first_seen"]).abs().dt.days
    types = duplicates["type"].reset_index(drop=True)
    assert apart[types == "temporal"].min() >= job_offers.APART
    assert apart[types == "semantic"].max() < job_offers.APART


def test_look_alikes_are_other_vacancies(twin, marked):
    rows = twin.truth["pairs"].loc[lambda pairs: pairs["type"] == "non_duplicate"]
    left, right = sides(rows, marked)
    ghosts = left["kind"].eq("ghost") & right["kind"].eq("ghost")
    assert (left["vacancy_id"].fillna("-") != right["vacancy_id"].fillna("-"))[~ghosts].all()
    alike = job_offers.jaccard(twin.tables["ads"], rows)
    assert (alike >= 0.9).sum() > 100  # one text
    elsewhere = (left["commune"] != right["commune"]).to_numpy()
    assert (alike[elsewhere] >= 0.8).sum() > 100  # in several towns
    assert (alike[~elsewhere] >= 0.8).sum() > 20  # in one


def test_the_index_of_jaccard():
    ads = pd.DataFrame(
        {
            "ad_id": ["A1", "A2"],
            "title": ["Maçon H/F", "MACON"],
            "description": ["À Lyon, vite.", "à Lyon"],
        }
    )
    pairs = pd.DataFrame({"ad_id_1": ["A1"], "ad_id_2": ["A2"]})
    # macon h f a lyon vite against macon a lyon
    assert job_offers.jaccard(ads, pairs).tolist() == [0.5]


def test_copies_come_after_what_they_copy(marked):
    copies = marked.dropna(subset="copied_from")
    source = marked.set_index("ad_id").loc[copies["copied_from"]].reset_index()
    copies = copies.reset_index(drop=True)
    assert set(copies["site"]) == {"guichet-emploi", "jobflux"}
    assert (copies["site"] != source["site"]).all()
    assert (copies["first_seen"] >= source["first_seen"]).all()
    assert (copies["vacancy_id"].fillna("") == source["vacancy_id"].fillna("")).all()
    assert marked.loc[marked["site"] == "jobflux", "copied_from"].notna().mean() > 0.8


# What ads say is what the truth says


def test_contracts_mean_what_they_say(marked):
    codes = {
        "cdi": r"cdi|c\.d\.i|indéterminée",
        "cdd": r"cdd|c\.d\.d|durée déterminée",
        "interim": r"int[ée]rim|temporaire|mission",
        "alternance": r"alternance|apprenti|professionnalisation|contrat pro",
    }
    for code, rows in marked.groupby("contract_code"):
        assert rows["contract"].str.lower().str.contains(codes[code]).all(), code
        others = "|".join(told for name, told in codes.items() if name != code)
        assert not rows["contract"].str.lower().str.contains(others).any(), code
    told = marked["contract"].str.extract(r"(?i)(\d+) (mois|ans?|semaines|jours)")
    unit = told[1].str.lower().map({"mois": 1, "an": 12, "ans": 12, "semaines": 1, "jours": 1})
    months = (told[0].astype(float) * unit).where(~told[1].isin(["semaines", "jours"]), 0.5)
    assert months.equals(marked["duration_months"].astype(float).rename(None))
    assert (marked["duration_months"].isna() & marked["contract_code"].eq("cdd")).sum() > 50
    assert marked["contract"].nunique() > 100


MONTHS = {name: place + 1 for place, name in enumerate(job_offers.WORDS.months)}
NUMBERS = {spelt: number for number, spelt in job_offers.WORDS.numbers.items()}


def test_experience_hours_and_start_can_be_read_in_the_description(marked):
    """With regular expressions, where nothing is misspelt or cut."""
    hurried = ["petites-annonces", "jobflux"]
    source = marked["copied_from"].map(marked.set_index("ad_id")["site"])
    clean = marked[~marked["site"].isin(hurried) & ~source.isin(hurried)]
    text = clean["description"].str.replace(r"[\u00a0\u202f]", " ", regex=True)

    years = clean["experience_years"].astype(float)
    unit = r"(?i)\b(\d+|un|deux|trois|cinq|huit) (ans?|mois)\b(?! par)"
    told = text[years > 0].str.extract(unit)
    number = told[0].str.lower().map(NUMBERS).fillna(pd.to_numeric(told[0], errors="coerce"))
    assert (number / told[1].map({"mois": 12}).fillna(1) == years[years > 0]).mean() > 0.98
    assert text[years == 0].str.contains(r"(?i)débutant|aucune expérience|premier emploi").all()
    assert not text[years.isna()].str.contains(r"(?i)débutant|\d ans? d'expérience").any()

    hours = clean["weekly_hours"].astype(float)
    told = text[hours.notna()].str.extract(r"(\d+)(?: ?(h)(\d\d)?|(,5)? heures)")
    read = told[0].astype(float) + 0.5 * (told[2].eq("30") | told[3].notna())
    assert (read == hours.dropna()).all()

    starts = clean["starts"].dropna()
    named = rf"(\d+)(?:er)? ({'|'.join(MONTHS)})\b"
    words = text[starts.index].str.extract(named).dropna()
    assert (words[0].astype(int) == starts[words.index].dt.day).all()
    assert (words[1].map(MONTHS) == starts[words.index].dt.month).all()
    figures = text[starts.index].str.extract(r"(\d\d)/(\d\d)/(\d\d)(\d\d)?").dropna(subset=[0])
    assert (figures[0].astype(int) == starts[figures.index].dt.day).all()
    assert (figures[1].astype(int) == starts[figures.index].dt.month).all()
    assert len(words) > 300
    assert len(figures) > 300


def pay_of(text, day):
    """Return the euros gross a year that a salary means, by the conventions on the card."""
    plain = re.sub(r"[\u00a0\u202f]", " ", text).lower()
    if "smic" in plain:
        return (1820 * (11.52 if day >= pd.Timestamp(2023, 5, 1) else 11.27),) * 2
    base = re.split(r" \+ | / heure \+", plain)[0]
    base = re.sub(r"(sur|x) 1[23]( mois)?", "", base)
    numbers = [
        float(re.sub(r" ", "", run).replace(",", "."))
        for run in re.findall(r"\d+(?: \d{3})*(?:[.,]\d+)?", base)
    ]
    if not numbers:
        return (np.nan, np.nan)
    hourly = re.search(r"/h\b|heure|horaire", plain)
    if re.search(r"\d ?k", base):
        factor = 1000
    elif hourly:
        factor = 1820
    elif re.search(r"\ban\b|annuel|par an", plain):
        factor = 1
    else:
        factor = 13 if re.search(r"(sur|x) 13", plain) else 12
    if re.search(r"\bnets?\b", plain):
        factor = 12 / 0.78
    low, high = factor * numbers[0], factor * numbers[-1]
    if re.search(r"à partir|minimum|dès", plain):
        high = np.nan
    if "jusqu'à" in plain:
        low = np.nan
    return (low, high)


def test_salaries_mean_what_they_say(marked):
    stated = marked.dropna(subset="salary")
    read = np.array(
        [pay_of(text, day) for text, day in zip(stated["salary"], stated["published"], strict=True)]
    )
    # A copy keeps the text of the ad it was taken from, and the SMIC of its day
    smic = stated["salary"].str.contains("(?i)smic").to_numpy()
    own = stated["copied_from"].isna().to_numpy() | ~smic
    for column, place in (("salary_low", 0), ("salary_high", 1)):
        true = stated[column].to_numpy(float)
        assert (np.isnan(read[:, place]) == np.isnan(true)).all()
        assert np.nanmax(np.abs(read[own, place] / true[own] - 1)) < 1e-4
    assert stated["salary"].str.replace(r"\d", "9", regex=True).nunique() > 120
    low = stated["salary_low"].dropna()
    assert low[stated["site"] != "jobflux"].min() > 20_500  # nobody under the SMIC
    assert low.min() < 18_000  # but where the aggregator lost the word net
    assert low.max() < 90_000


def test_salaries_are_spelt_in_the_ways_of_each_site(marked):
    spelt = marked.dropna(subset="salary").groupby("site")["salary"]
    shapes = spelt.apply(lambda text: text.str.replace(r"\d+", "9", regex=True).nunique())
    assert (shapes > 10).all()
    told = marked["salary_low"].notna().groupby(marked["site"]).mean()
    assert told["petites-annonces"] < 0.2 < 0.6 < told["guichet-emploi"]
    for space in (" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"):
        assert marked["salary"].str.contains(rf"\d{space}\d{{3}}", na=False).sum() > 50


def test_structured_pay_agrees_but_for_the_aggregator_s_slips(marked):
    given = marked.dropna(subset="salary_unit")
    assert set(given["site"]) == set(WITH_DATA)
    assert marked["salary_min"].notna().eq(marked["salary_unit"].notna()).mean() > 0.995  # "up to"
    factor = given["salary_unit"].map({"YEAR": 1, "MONTH": 12, "HOUR": 1820})
    ratio = given["salary_min"] * factor / given["salary_low"]
    # One, or a thirteenth month or net pay that the site's data do not tell
    known = [1, 12 / 13, 0.78, 12]
    near = np.min([(ratio / one - 1).abs() for one in known], axis=0)
    assert (near[ratio.notna()] < 1e-3).all()
    wrong = (ratio / 12 - 1).abs() < 1e-3
    assert set(given.loc[wrong, "site"]) == {"jobflux"}
    assert 3 < wrong.sum() < 40


def test_places_are_communes_of_the_course(marked, twin):
    communes = load("communes").set_index("code")
    named = marked.dropna(subset="commune")
    assert set(named["commune"]) <= set(communes.index)
    assert set(twin.truth["vacancies"]["commune"]) <= set(communes.index)
    of = communes.loc[named["commune"], "department"].to_numpy()
    assert (of == named["departement"]).all()
    vague = marked["commune"].isna()
    assert 0.04 < vague.mean() < 0.2
    assert 5 < marked["departement"].isna().sum() < vague.sum()
    clean = named[named["site"].isin(["fleuve-emploi", "cadres-et-metiers", "guichet-emploi"])]
    names = communes.loc[clean["commune"], "name"].map(normalised)
    found = [name in normalised(text) for name, text in zip(names, clean["location"], strict=True)]
    assert np.mean(found) > 0.99
    assert marked.groupby("commune")["location"].nunique().median() > 5


def test_every_site_has_its_own_categories(marked):
    labels = marked.groupby("site")["occupation"].agg(set)
    for one, other in itertools.combinations(labels.index, 2):
        assert labels[one] != labels[other]
    assert len(labels["guichet-emploi"]) > 50
    assert len(labels["petites-annonces"]) == 6


def test_occupations_are_of_the_form_of_rome_and_not_its_codes():
    codes = [job.code for job in job_offers.OCCUPATIONS]
    assert len(codes) == len(set(codes)) == 64
    assert all(re.fullmatch(r"[A-N]98\d\d", code) for code in codes)
    assert {code[0] for code in codes} == set(job_offers.FAMILIES)
    assert min(len(job.tasks) for job in job_offers.OCCUPATIONS) >= 4


# What stands behind


def test_ghosts_and_pools(marked, twin):
    ghosts = marked[marked["kind"] == "ghost"]
    assert 0.03 < len(ghosts) / len(marked) < 0.1
    assert ghosts["vacancy_id"].isna().all()
    assert marked.loc[marked["kind"] != "ghost", "vacancy_id"].notna().all()
    pools = marked[marked["kind"] == "evergreen"]
    assert (pools["positions"] >= 5).all()
    filled = twin.truth["vacancies"].set_index("vacancy_id")["filled"]
    assert filled.loc[pools["vacancy_id"]].isna().all()
    stays = (marked["last_seen"] - marked["first_seen"]).dt.days.groupby(marked["kind"]).mean()
    assert stays["evergreen"] > stays["ghost"] > 0
    # What gives some away is words that others use too
    pooled = marked["description"].str.contains("toute l'année|vivier|en permanence")
    assert set(marked.loc[pooled, "kind"]) == {"ghost", "evergreen"}
    assert pooled[marked["kind"] == "ghost"].mean() < 0.5


def test_the_sites_are_not_the_labour_market(marked, twin):
    market = twin.tables["market"]
    executive = {job.code for job in job_offers.OCCUPATIONS if job.executive}
    share = marked["rome"].isin(executive).groupby(marked["site"]).mean()
    general = market["executives"].sum() / market["vacancies"].sum()
    assert share["cadres-et-metiers"] > 0.6
    assert share["guichet-emploi"] > share["petites-annonces"]
    assert share["petites-annonces"] < general < share["fleuve-emploi"]
    services = market.loc[market["family"] == "K", "vacancies"].sum() / market["vacancies"].sum()
    vacancies = twin.truth["vacancies"]["rome"]
    assert vacancies.str[0].eq("K").mean() < 0.8 * services


def test_market_is_whole(twin, larger):
    market = twin.tables["market"]
    assert len(market) == 6 * 12 * 14
    assert not market.duplicated(["month", "region", "family"]).any()
    assert (market["executives"] <= market["vacancies"]).all()
    assert market["vacancies"].mod(10).eq(0).all()
    assert market["vacancies"].sum() == pytest.approx(job_offers.MARKET, rel=0.02)
    pd.testing.assert_frame_equal(market, larger.tables["market"])
    pd.testing.assert_frame_equal(twin.tables["sites"], larger.tables["sites"])


def test_weighting_by_the_market_takes_the_excess_of_executives_away(twin):
    """Vacancies weighted by family and by executive or not have the market's share."""
    market, vacancies = twin.tables["market"], twin.truth["vacancies"]
    executives = market.groupby("family")["executives"].sum()
    rest = market.groupby("family")["vacancies"].sum() - executives
    family = vacancies["rome"].str[0]
    cell = vacancies.groupby([family, "executive"])["vacancy_id"].transform("size")
    whole = family.map(executives).where(vacancies["executive"], family.map(rest))
    weight = whole / cell
    share = weight[vacancies["executive"]].sum() / weight.sum()
    assert share == pytest.approx(executives.sum() / market["vacancies"].sum(), abs=0.01)
    assert vacancies["executive"].mean() > share + 0.05


def test_companies_are_hidden_by_agencies(marked, twin):
    hidden = marked["company"].isna().groupby(marked["site"]).mean()
    assert hidden["interim-express"] == 1
    assert 0.15 < hidden["cadres-et-metiers"] < 0.4
    assert hidden["fleuve-emploi"] < 0.1
    assert twin.truth["vacancies"]["employer"].notna().all()


def test_nobody_is_in_it(marked):
    """Addresses and telephone numbers are those kept for documents and fiction."""
    text = marked["description"]
    mails = text.str.extractall(r"@([^\s]+)")[0].str.rstrip(".")
    assert mails.str.endswith(".example").all()
    assert len(mails) > 500
    numbers = text.str.extractall(r"\b(0\d(?: \d\d){4})\b")[0]
    assert numbers.str.startswith("01 99 00 ").all()
    assert len(numbers) > 100
    assert not text.str.contains(r"\b(?:M\.|Mme|Monsieur|Madame)\b", regex=True).any()


def test_texts_are_french_and_whole(marked):
    text = marked["description"]
    assert not text.str.contains(r"[{}]").any()
    assert not marked["title"].str.contains(r"[{}]").any()
    sentences = text.str.count(r"[.!…](?: |$)")
    assert sentences[marked["site"] != "jobflux"].min() >= 2
    assert sentences.median() >= 4
    cut = text.str.endswith(("…", "..."))
    assert set(marked.loc[cut, "site"]) == {"jobflux"}
    assert not text.str.contains(r"\b(?:à|de) Le [A-Z]", regex=True).any()
    clean = marked["site"].isin(["fleuve-emploi", "cadres-et-metiers"])
    assert not text[clean].str.contains(r"\bde [aeiouéè]\w+ (?:de|en)\b", regex=True).any()


def test_small_ads_are_typed_in_a_hurry(marked):
    """Words that no other ad has are mostly theirs."""
    seen = Counter()
    for words in marked["description"].map(lambda text: set(normalised(text).split())):
        seen.update(words)
    once = marked["description"].map(
        lambda text: sum(seen[word] == 1 for word in set(normalised(text).split()))
    )
    rate = once.groupby(marked["site"]).mean()
    assert rate.drop(["petites-annonces", "jobflux"]).max() < rate["petites-annonces"] / 2
    bare = ~marked["description"].str.contains("[éèàêçô]")
    assert bare[marked["site"] == "petites-annonces"].mean() > 0.3
    assert bare[marked["site"] == "guichet-emploi"].mean() < 0.03


# Nothing gives it away


def test_neither_order_nor_identifier_tells_the_vacancy(twin, duplicates):
    """Ranks of two ads of one vacancy are unrelated, and so are those of their references."""
    ads = twin.tables["ads"]
    rank = pd.Series(np.arange(len(ads)), index=ads["ad_id"])
    one, other = rank[duplicates["ad_id_1"]].to_numpy(), rank[duplicates["ad_id_2"]].to_numpy()
    # The lower of two independent ranks is a third of the way, the upper two thirds
    bound = 4 * len(ads) / np.sqrt(18 * len(one))
    assert abs(one.mean() - len(ads) / 3) < bound
    assert abs(other.mean() - 2 * len(ads) / 3) < bound
    of_ad = pd.Series(
        ads.groupby("site")["reference"].rank(pct=True).to_numpy(), index=ads["ad_id"]
    )
    related = np.corrcoef(of_ad[duplicates["ad_id_1"]], of_ad[duplicates["ad_id_2"]])[0, 1]
    assert abs(related) < 4 / np.sqrt(len(duplicates))


def drawn_place(numbers, step, size):
    """Undo the step by which a range is walked: what is left is the order of the draw."""
    places = [number * pow(step, -1, size) % size for number in numbers]
    return pd.Series(places, index=numbers.index).rank(pct=True)


def test_identifiers_do_not_tell_ghosts_copies_or_days(marked):
    numbers = marked["ad_id"].str[1:].astype(int) - 1_000_000
    place = drawn_place(numbers, job_offers.ID_STEP, job_offers.IDS)
    for flag in (marked["kind"].eq("ghost"), marked["copied_from"].notna()):
        assert abs(place[flag].mean() - 0.5) < 4 * np.sqrt(1 / 12 / flag.sum())
    first = marked["first_seen"].rank()
    assert abs(np.corrcoef(place, first)[0, 1]) < 4 / np.sqrt(len(marked))


# Reproducible


def test_blocks_are_markets_of_their_own(larger):
    """No pair, no copy and no vacancy joins ads of two blocks."""
    block = pd.Series(
        np.arange(len(larger.tables["ads"])) // job_offers.ADS,
        index=larger.tables["ads"]["ad_id"],
    )
    pairs, truth = larger.truth["pairs"], larger.truth["ads"]
    one, other = (block[pairs[side]].to_numpy() for side in ("ad_id_1", "ad_id_2"))
    assert (one == other).all()
    copies = truth.dropna(subset="copied_from")
    assert (block[copies["ad_id"]].to_numpy() == block[copies["copied_from"]].to_numpy()).all()
    spread = truth.groupby("vacancy_id")["ad_id"].agg(lambda ids: block[ids].nunique())
    assert spread.max() == 1
