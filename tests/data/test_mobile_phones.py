"""The twin of mobile phone data: cities, customers, what serves them and what is planted."""

import itertools
import tracemalloc

import call_records
import numpy as np
import pandas as pd
import pytest

import ssplab
from ssplab.course import card_tables, load_card
from ssplab.data import content_hash, generation
from ssplab.data.content import conform
from ssplab.system import CheckFailed

pytestmark = pytest.mark.slow  # generates twins

phones = generation.generator(load_card("mobile_phones"))
SEEDS = (1,)  # which all twins are generated from once more, see `test_twins`
ROW = ["user_id", "position"]
GROUPS = list(phones.GROUPS)


@pytest.fixture(scope="module")
def card():
    return load_card("mobile_phones")


@pytest.fixture(scope="module")
def twins(twin, generated):
    return [twin, *(generated("mobile_phones", seed) for seed in SEEDS)]


@pytest.fixture(scope="module")
def large(generated):
    """Twenty thousand customers, of whom chance takes less."""
    return generated("mobile_phones", scale=4)


@pytest.fixture(scope="module")
def marked(twin):
    """Records as delivered, with what they carry and who made them."""
    marked = twin.tables["records"].merge(twin.truth["records"], on=ROW, how="left", validate="1:1")
    return marked.merge(twin.truth["users"], on="user_id", validate="m:1")


@pytest.fixture(scope="module")
def placed(marked, twin):
    """Records without errors, with the site that served them and how far it is from the home."""
    sound = marked[marked["kind"] != "error"]
    placed = sound.merge(twin.tables["antennas"], on="antenna_id", validate="m:1")
    apart = np.hypot(placed["x"] - placed["home_x"], placed["y"] - placed["home_y"])
    return placed.assign(from_home=apart)


def residents(twin):
    return twin.tables["grid"].set_index(["x", "y"])[GROUPS]


# Cities


def test_projection_meets_its_definition():
    """At the origin it is exact, on the parallels lengths are true, and known places are met."""
    x, y = phones.lambert_93(np.array([46.5]), np.array([3.0]))
    assert (x[0], y[0]) == pytest.approx((700_000, 6_600_000), abs=1e-6)
    # A second of arc along the parallel of 44°, by the radius of the ellipsoid there
    squared = (1 / 298.257222101) * (2 - 1 / 298.257222101)
    radius = 6_378_137 / np.sqrt(1 - squared * np.sin(np.radians(44)) ** 2)
    second = radius * np.cos(np.radians(44)) * np.radians(1 / 3600)
    x, y = phones.lambert_93(np.array([44.0, 44.0]), np.array([3.0, 3 + 1 / 3600]))
    assert np.hypot(np.diff(x), np.diff(y))[0] == pytest.approx(second, rel=1e-7)


def test_tiles_of_a_commune_add_up_to_its_population(twins):
    for twin in twins:
        grid = twin.tables["grid"]
        counts = grid[GROUPS].sum(axis=1).groupby(grid["commune"]).sum()
        communes = twin.tables["communes"].set_index("code")
        assert counts.sort_index().equals(communes["population"].sort_index().rename(None))


def test_communes_are_those_of_the_data_set(twin):
    communes = twin.tables["communes"].merge(
        ssplab.load("communes"), on="code", suffixes=("", "_known"), validate="1:1"
    )
    assert len(communes) == len(twin.tables["communes"])
    assert (communes["name"] == communes["name_known"]).all()
    assert (communes["population"] == communes["population_known"]).all()
    assert set(communes["city"]) == {"Paris", "Lyon", "Marseille"}


def test_a_tile_belongs_to_the_commune_of_the_nearest_power(twin):
    grid, communes = twin.tables["grid"].sample(500, random_state=1), twin.tables["communes"]
    centre = grid[["x", "y"]].to_numpy() + 100
    power = ((centre[:, None] - communes[["x", "y"]].to_numpy()) ** 2).sum(axis=2)
    power -= communes["radius"].to_numpy() ** 2
    assert (communes["code"].to_numpy()[power.argmin(axis=1)] == grid["commune"]).all()


def test_built_up_land_tells_of_residents_and_is_no_copy(twins):
    for twin in twins:
        grid = twin.tables["grid"]
        counts = grid[GROUPS].sum(axis=1)
        assert 0.5 < np.corrcoef(grid["built_up"], counts)[0, 1] < 0.85
        empty = counts == 0
        assert 0.08 < empty.mean() < 0.35
        assert grid.loc[empty, "built_up"].max() > grid["built_up"].median()


def test_incomes_are_segregated_where_people_live(twins):
    for twin in twins:
        grid = twin.tables["grid"].merge(
            twin.tables["communes"][["code", "city"]], left_on="commune", right_on="code"
        )
        for _, city in grid.groupby("city"):
            for group in ("low", "high"):
                others = city[GROUPS].sum(axis=1) - city[group]
                assert 0.2 < phones.dissimilarity(city[group], others) < 0.5


def test_dissimilarity_of_a_small_table():
    """A half of one group would have to move; none where shares are equal; all where apart."""
    counts = [np.array(one) for one in ([10, 0], [5, 5], [0, 3], [1, 1])]
    assert phones.dissimilarity(counts[0], counts[1]) == 0.5
    assert phones.dissimilarity(counts[1], counts[3]) == 0
    assert phones.dissimilarity(counts[0], counts[2]) == 1


# Presence


def test_presence_is_of_all_residents(twins):
    for twin in twins:
        total = residents(twin).sum()
        for name in ("presence", "commune_presence"):
            sums = twin.truth[name].groupby(["day_type", "hour"])[GROUPS].sum()
            present = sums / total
            assert (present.loc["weekday"] > 0.995).all(axis=None)
            assert present.loc["weekend"].max(axis=None) < 1
            assert present.loc["weekend"].min(axis=None) > 0.85
        places = [
            twin.truth[name].groupby(["day_type", "hour"])[GROUPS].sum()
            for name in ("presence", "commune_presence")
        ]
        assert (places[0] - places[1]).abs().max(axis=None) < 600  # squares are rounded


def test_segregation_is_least_by_day_and_low_incomes_mix_more(twins):
    for twin in twins:
        fallen = {}
        for group in ("low", "high"):
            index = phones.dissimilarity_by_hour(twin, group)
            assert set(index.nsmallest(7).index) <= set(range(10, 18))
            assert index.idxmax() in (*range(8), *range(20, 24))
            fallen[group] = index.loc[10:17].mean() / index.loc[:4].mean()
        assert fallen["low"] < fallen["high"] - 0.01


def test_customers_are_where_presence_says(large):
    """By night at home: their squares, weighed by the share that they are of, give residents."""
    users, presence = large.truth["users"], large.truth["presence"]
    paris = users[users["city"] == "Paris"]
    weighed = (1 / paris["share"]).groupby(paris["income"]).sum()
    night = presence[(presence["hour"] == 3) & (presence["day_type"] == "weekday")]
    night = night[night["y"] > 6_800_000][GROUPS].sum()
    assert (weighed / weighed.sum()).loc[GROUPS].to_numpy() == pytest.approx(
        (night / night.sum()).to_numpy(), abs=0.02
    )


# Customers


def test_customers_live_among_residents(twin):
    users = twin.truth["users"]
    grid = twin.tables["grid"].set_index(["x", "y"])["commune"]
    home = pd.MultiIndex.from_frame(users[["home_x", "home_y"]])
    assert (grid.loc[home].to_numpy() == users["commune"]).all()
    shares = twin.truth["grid"].set_index(["x", "y"])
    for group in GROUPS:
        own = users[users["income"] == group]
        at = pd.MultiIndex.from_frame(own[["home_x", "home_y"]])
        assert np.allclose(shares.loc[at, f"share_{group}"], own["share"])
        assert (residents(twin).loc[at, group] > 0).all()


def test_the_operator_s_share_varies_between_places(twins):
    for twin in twins:
        shares = twin.truth["grid"]
        assert shares["share_middle"].quantile(0.9) > 1.25 * shares["share_middle"].quantile(0.1)
        assert shares["share_low"].mean() < shares["share_high"].mean()


def test_who_has_two_numbers_has_one_life(twin):
    users = twin.truth["users"]
    twice = users[users["person_id"].duplicated(keep=False)]
    assert 0.02 < users["person_id"].duplicated().mean() < 0.06
    same = ["home_x", "home_y", "work_x", "work_y", "income", "occupation", "mobility"]
    assert (twice.drop_duplicates(["person_id", *same])["person_id"]).is_unique


def test_work_and_second_homes_are_where_they_should(twin):
    users = twin.truth["users"]
    assert (users["work_x"].isna() == (users["occupation"] == "none")).all()
    here = users["second_home"].isin(["same_city", "other_city"])
    assert (users["second_x"].notna() == here).all()
    far = np.hypot(users["second_x"] - users["home_x"], users["second_y"] - users["home_y"])
    assert far[users["second_home"] == "other_city"].min() > 100_000
    assert far[users["second_home"] == "same_city"].max() < 60_000
    assert (users["second_home"] != "none").groupby(users["income"]).mean().idxmax() == "high"


def test_who_moves_more_has_more_events(twins):
    for twin in twins:
        users = twin.truth["users"].set_index("user_id")
        numbers = twin.tables["records"].groupby("user_id").size()
        mobility = users["mobility"].loc[numbers.index]
        assert 0.4 < np.corrcoef(np.log(numbers), mobility)[0, 1] < 0.65
        assert numbers.var() > 20 * numbers.mean()  # overdispersed


def test_people_are_at_home_by_night_and_out_by_day(placed):
    away = placed["type"].isin(["night_shift", "second_home", "trip"])
    usual = placed[~away & (placed["city"] == "Paris")]  # elsewhere sites are kilometres apart
    near = usual["from_home"] < 2500
    hour = usual["timestamp"].dt.hour
    weekday = usual["timestamp"].dt.day_of_week < 5
    works = usual["occupation"] == "day_worker"
    assert near[hour < 5].mean() > 0.85
    assert near[works & weekday & hour.between(10, 15)].mean() < 0.55
    assert near[works & ~weekday & hour.between(10, 15)].mean() > 0.6


def test_nobody_is_recorded_who_is_elsewhere(placed):
    """Second homes outside the cities leave gaps: their owners have fewer weekends with records."""
    weekend = placed[placed["timestamp"].dt.day_of_week >= 5]
    days = weekend.assign(day=weekend["timestamp"].dt.normalize())
    days = days.groupby(["second_home", "user_id"])["day"].nunique().groupby(level=0).mean()
    week = placed[placed["timestamp"].dt.day_of_week < 5].assign(day=placed["timestamp"].dt.date)
    week = week.groupby(["second_home", "user_id"])["day"].nunique().groupby(level=0).mean()
    assert days["outside"] / week["outside"] < 0.85 * days["none"] / week["none"]


# What serves them


def test_what_serves_a_record_works_on_that_day(placed):
    day = placed["timestamp"].dt.normalize()
    assert (day >= placed["valid_from"]).all()
    assert (day <= placed["valid_to"].fillna(day.max())).all()
    antennas = placed.drop_duplicates("antenna_id")
    assert antennas["valid_to"].notna().sum() > 5
    assert (antennas["valid_from"] > pd.Timestamp(phones.START)).sum() > 5


def test_the_night_of_the_outage_has_no_records_at_its_sites(twin):
    out = twin.truth["antennas"].query("outage")["antenna_id"]
    assert len(out) > 20
    records = twin.tables["records"].merge(twin.truth["records"], on=ROW, how="left")
    records = records[records["antenna_id"].isin(out) & (records["type"] != "misrouted")]
    start = pd.Timestamp(phones.WORDS.outage.night) + pd.Timedelta(hours=20)
    counts = [
        records["timestamp"]
        .between(
            start + pd.Timedelta(days=shift),
            start + pd.Timedelta(days=shift, hours=10),
            inclusive="left",
        )
        .sum()
        for shift in (-7, 0, 7)
    ]
    assert counts[1] == 0
    assert min(counts[0], counts[2]) > 20


def test_the_nearest_site_serves_often_and_not_mostly_alone(twins):
    for twin in twins:
        serving = twin.truth["grid"].merge(twin.tables["antennas"], on="antenna_id")
        serving = twin.tables["grid"].merge(serving, left_on=["x", "y"], right_on=["x_x", "y_x"])
        names = phones._sites(twin).index.to_numpy()[phones.nearest_site(twin)]
        weights = twin.tables["grid"][GROUPS].sum(axis=1)
        assert len(serving) == len(weights)
        hit = (serving["site_id"].to_numpy() == names).astype(float)
        assert 0.4 < np.average(hit, weights=weights) < 0.7


def test_a_stationary_phone_changes_between_antennas(placed):
    """At night one home is served by several sites: signals overlap."""
    night = placed[(placed["timestamp"].dt.hour < 6) & placed["type"].isna()]
    by_user = night.groupby("user_id")["site_id"].agg(["nunique", "size"])
    assert by_user.loc[by_user["size"] >= 8, "nunique"].mean() > 1.5


def test_sectors_point_where_they_serve(placed):
    night = placed[(placed["timestamp"].dt.hour < 6) & placed["type"].isna()].dropna(
        subset="azimuth"
    )
    bearing = np.degrees(np.arctan2(night["home_x"] - night["x"], night["home_y"] - night["y"]))
    off = np.abs((bearing - night["azimuth"].astype(float) + 180) % 360 - 180)
    assert (off < 60).mean() > 0.55  # a third by chance


def test_the_register_does_not_tell_all_of_the_power(twin):
    deviation = twin.truth["antennas"].merge(twin.tables["antennas"], on="antenna_id")
    assert deviation.groupby("site_id")["deviation"].nunique().max() == 1
    by_site = deviation.groupby("site_id")["deviation"].first()
    assert by_site.std() == pytest.approx(phones.USUAL.unknown_power, rel=0.2)
    assert twin.tables["antennas"].groupby("technology")["power"].nunique().max() == 1


# What is planted


def test_coverage_costs_residents_most(large, generated):
    """The order of errors that the lab found; sampling needs customers to fade."""
    for one in (large, *(generated("mobile_phones", seed, 4) for seed in SEEDS)):
        errors = phones.commune_errors(one)
        assert errors["coverage"] > 1.2 * errors["rule"]
        assert errors["coverage"] > 1.2 * errors["sampling"]
        assert errors["coverage"] > errors["voronoi"]
        assert errors["naive"] > 0.09


def test_errors_of_communes_are_none_where_nothing_is_wrong():
    """One commune holds all of a city: whatever is seen where, its residents are right."""
    place = {"x": [0, 200, 400], "y": [0, 0, 0]}
    twin = generation.Block(
        {
            "records": pd.DataFrame(
                {
                    "user_id": ["a", "a", "b"],
                    "position": [1, 2, 1],
                    "timestamp": pd.to_datetime(["2023-01-09", "2023-01-10", "2023-01-09"]),
                    "antenna_id": ["S1-1", "S1-1", "S2-1"],
                }
            ),
            "antennas": pd.DataFrame(
                {
                    "antenna_id": ["S1-1", "S2-1"],
                    "site_id": ["S1", "S2"],
                    "x": [100, 500],
                    "y": [100, 100],
                }
            ),
            "grid": pd.DataFrame(
                {**place, "commune": "1", "low": [5, 5, 5], "middle": 0, "high": 0}
            ),
            "communes": pd.DataFrame({"code": ["1"], "city": ["A"]}),
        },
        {
            "users": pd.DataFrame({"user_id": ["a", "b"], "home_x": [0, 400], "home_y": [0, 0]}),
            "grid": pd.DataFrame({**place, "antenna_id": ["S1-1", "S1-1", "S2-1"]}),
        },
    )
    assert set(phones.commune_errors(twin).values()) == {0.0}
    assert phones.nearest_site(twin).tolist()[::2] == [0, 1]
    assert phones.home_sites(twin).to_numpy().tolist() == [[0] * 5, [1] * 5]
    # Two communes: who lives in the second is seen in the first if its site serves there
    twin.tables["grid"]["commune"] = ["1", "1", "2"]
    twin.tables["communes"] = pd.DataFrame({"code": ["1", "2"], "city": "A"})
    twin.truth["grid"]["antenna_id"] = "S1-1"
    errors = phones.commune_errors(twin)
    assert errors["coverage"] > 0.5
    assert errors["sampling"] == pytest.approx(2 * (2 / 3 - 1 / 2))


def test_rules_disagree_about_homes(twins):
    for twin in twins:
        homes = phones.home_sites(twin)
        apart = [
            (homes[one] != homes[other]).mean() for one, other in itertools.combinations(homes, 2)
        ]
        assert 0.28 < max(apart) < 0.46
        assert min(apart) > 0.03


def test_most_users_are_seen_on_more_than_thirty_days(twins):
    for twin in twins:
        records = twin.tables["records"]
        days = records["timestamp"].dt.normalize().groupby(records["user_id"]).nunique()
        assert 0.6 < (days > 30).mean() < 0.85


def test_unknown_antennas_are_those_of_no_register(marked, twin):
    known = marked["antenna_id"].isin(twin.tables["antennas"]["antenna_id"])
    # A copy of such a record has the same identifier
    assert (marked.loc[~known, "type"].isin(["unknown_antenna", "duplicate"])).all()
    assert not known[marked["type"] == "unknown_antenna"].any()


def test_a_misrouted_record_names_another_antenna(marked, twin):
    wrong = marked[marked["type"] == "misrouted"]
    places = twin.tables["antennas"].set_index("antenna_id")[["x", "y"]]
    apart = np.hypot(
        *(
            places.loc[wrong["antenna_id"], axis].to_numpy()
            - places.loc[wrong["true_antenna_id"], axis].to_numpy()
            for axis in ("x", "y")
        )
    )
    near = wrong["hard"].to_numpy(bool)
    assert apart[near].min() >= 1500
    assert apart[near].max() < 15_000 < 100_000 < apart[~near].min()


def test_a_copy_follows_its_original(marked):
    marked = marked.sort_values(ROW, ignore_index=True)
    copies = marked[marked["type"] == "duplicate"]
    original = marked.loc[copies.index - 1]
    for column in ("user_id", "event_type", "antenna_id"):
        assert (original[column].to_numpy() == copies[column].to_numpy()).all()
    later = (copies["timestamp"].to_numpy() - original["timestamp"].to_numpy()) / np.timedelta64(
        1, "m"
    )
    assert set(later) == {0, 1}
    assert (later == copies["hard"].to_numpy(int)).all()


def test_records_of_a_number_stand_in_the_order_of_time(marked):
    marked = marked.sort_values(ROW)
    steps = marked.groupby("user_id")["timestamp"].diff().dropna()
    assert (steps >= pd.Timedelta(0)).all()
    first, last = marked["timestamp"].min(), marked["timestamp"].max()
    assert first >= pd.Timestamp(phones.START)
    assert last < pd.Timestamp(phones.START) + pd.Timedelta(days=phones.DAYS)


def test_what_misleads_is_true(placed):
    """Records of second homes and trips are far from home, of night shifts at night."""
    for kind in ("second_home", "trip"):
        assert (placed.loc[placed["type"] == kind, "from_home"] > 3000).mean() > 0.9
    hours = placed.loc[placed["type"] == "night_shift", "timestamp"].dt.hour
    assert set(hours) <= {*range(5), 21, 22, 23}
    assert (placed.loc[placed["type"] == "night_shift", "occupation"] == "night_worker").all()
    assert placed.loc[placed["type"].isin(["second_home", "trip", "repeat"]), "hard"].sum() == 0


# Size


def test_a_larger_twin_keeps_its_cities(card):
    first, second = itertools.islice(phones.blocks(5, 1), 2)
    assert set(second.named()) == {"records", "truth/records", "truth/users"}
    large = next(phones.blocks(5, 20))
    tables = card_tables(card)
    for place, frame in first.named().items():
        pd.testing.assert_frame_equal(
            conform(frame, tables[place]), conform(large.named()[place], tables[place])
        )


def test_another_seed_has_other_cities(twins):
    for name in ("antennas", "grid"):
        assert not twins[0].tables[name].equals(twins[1].tables[name])
    assert twins[0].tables["communes"].equals(twins[1].tables["communes"])


def test_memory_does_not_grow_with_the_scale(card):
    def peak(blocks):
        tracemalloc.start()
        for block in itertools.islice(phones.blocks(6, 10), blocks):
            assert 80_000 < len(conform(block.tables["records"], card.tables["records"])) < 130_000
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    next(phones.blocks(6, 10))  # cities are drawn
    assert peak(6) < 1.3 * peak(2)


def test_pseudonyms_are_unique_over_all_blocks_and_tell_nothing(large):
    users = large.truth["users"]
    assert users["user_id"].is_unique
    assert users["user_id"].str.fullmatch("[0-9a-f]{8}").all()
    rank = users["user_id"].rank()
    assert abs(np.corrcoef(rank, np.arange(len(users)))[0, 1]) < 0.05
    by_city = rank.groupby(users["city"]).mean() / len(users)
    assert by_city.between(0.47, 0.53).all()


# Own extracts


def test_an_extract_in_the_open_format_is_mapped(tmp_path, twin):
    """Columns msisdn, datetime, cell_id, event_type; a register of places; no residents."""
    records = twin.tables["records"].head(3000)
    call_records.deliver(tmp_path, records, twin.tables["antennas"])
    read = ssplab.load(tmp_path)
    for column in ("user_id", "timestamp", "event_type", "antenna_id"):
        assert read[column].tolist() == records[column].tolist(), column
    assert read["position"].tolist() == list(range(1, len(read) + 1))
    antennas = ssplab.load(tmp_path, "antennas")
    assert antennas[["x", "y"]].equals(twin.tables["antennas"][["x", "y"]])
    assert antennas["valid_to"].isna().all()
    assert ssplab.load(tmp_path, "grid").empty


def test_moments_of_an_extract_keep_their_minutes_and_have_no_zone(tmp_path, twin):
    records = twin.tables["records"].head(200)
    (tmp_path / "columns.yml").write_text("data: mobile_phones\n", encoding="utf-8")
    path = tmp_path / "records.parquet"
    records.to_parquet(path, index=False)
    assert ssplab.load(tmp_path)["timestamp"].tolist() == records["timestamp"].tolist()
    zoned = records["timestamp"].dt.tz_localize("UTC")
    records.assign(timestamp=zoned).to_parquet(path, index=False)
    with pytest.raises(CheckFailed, match="timestamp: with a time zone: the hour of the day"):
        ssplab.load(tmp_path)
    records.assign(timestamp=records["timestamp"].dt.date).to_parquet(path, index=False)
    with pytest.raises(CheckFailed, match="timestamp: dates, not dates with a time"):
        ssplab.load(tmp_path)


def test_a_minute_more_is_another_content(card, twin):
    records = twin.tables["records"]
    moved = records.assign(
        timestamp=records["timestamp"].where(
            records.index > 0, records["timestamp"] + pd.Timedelta(minutes=1)
        )
    )
    assert content_hash(twin.named() | {"records": moved}, card) != card.content_hash
