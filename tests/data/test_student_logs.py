"""The twin of student logs: its margins, the mechanism behind them, and what is planted in it."""

import numpy as np
import pandas as pd
import pytest

from ssplab.course import load_card
from ssplab.data import generation

pytestmark = pytest.mark.slow  # generates twins

logs = generation.generator(load_card("student_logs"))
MARGINS = [margin.name for margin in load_card("student_logs").margins]
SEEDS = (1,)  # which all twins are generated from once more, see `test_twins`
ROW = ["student_id", "item_id", "position"]


@pytest.fixture(scope="module")
def card():
    return load_card("student_logs")


@pytest.fixture(scope="module")
def reached(twin, generated):
    """The margins of the twin on each seed."""
    twins = [twin, *(generated("student_logs", seed) for seed in SEEDS)]
    return [logs.measure_margins(one) for one in twins]


@pytest.fixture(scope="module")
def large():
    """Fifteen thousand logs, where sampling explains little."""
    return generation.generate(load_card("student_logs"), 11, 5)


@pytest.fixture(scope="module")
def difficulties(difficulty_of):
    return [difficulty_of("student_logs", seed) for seed in (None, *SEEDS)]


@pytest.fixture(scope="module")
def marked(twin):
    """Events as received, with what they carry."""
    marked = twin.tables["events"].merge(twin.truth["events"], on=ROW, how="left", validate="1:1")
    return marked.sort_values(["student_id", "position"], ignore_index=True)


@pytest.fixture(scope="module")
def cleaned(twin):
    return logs.clean(twin)


@pytest.fixture(scope="module")
def students(twin):
    both = twin.tables["students"].merge(twin.truth["students"], on="student_id", validate="1:1")
    return both.set_index("student_id")


@pytest.mark.parametrize("margin", MARGINS)
def test_margin_is_within_the_card_s_tolerance_on_each_seed(margin, card, reached):
    target = {one.name: one for one in card.margins}[margin]
    for one in reached:
        assert one[margin] == pytest.approx(target.published, abs=target.tolerance)


def test_margins_are_near_where_sampling_explains_little(card, large):
    """What the card says gave way, and rare students, have more room."""
    reached = logs.measure_margins(large)
    for margin in card.margins:
        if margin.unit.startswith("%"):
            rare = margin.name in ("correct, isolated 2", "correct, isolated 1")
            assert abs(reached[margin.name] - margin.published) < (4 if rare else 2), margin.name
        elif margin.name != "longest log":
            assert reached[margin.name] == pytest.approx(margin.published, rel=0.05), margin.name


def test_the_public_file_s_shares_add_up(card):
    """The margins by sliders isolated are those of the share of right answers, to the rounding."""
    published = {margin.name: margin.published for margin in card.margins}
    total = sum(published[f"isolated {n}"] * published[f"correct, isolated {n}"] for n in range(4))
    assert total / 100 == pytest.approx(published["correct"], abs=0.1)


def test_a_correct_answer_is_the_diagram_of_the_machine(students):
    right = "_".join("10" if dial == 0 else "01" for dial in logs.SOLUTION)
    assert right == "10_01_01"
    assert (students["correct"] == (students["diagram"] == right)).all()
    assert students["diagram"].str.fullmatch(r"(10|01|11)(_(10|01|11)){2}").all()


def test_luck_and_slips_stand_between_understanding_and_the_answer(students):
    known = students["understood"].str.count("1")
    share = students["correct"].groupby(known).mean()
    guess = logs.USUAL.guess
    for number, expected in enumerate(guess ** (3 - np.arange(4))):
        size = (known == number).sum()
        kept = (1 - logs.USUAL.slip) ** number
        error = np.sqrt(expected * kept * (1 - expected * kept) / size)
        assert abs(share[number] - expected * kept) < 4 * error


def test_the_answer_is_no_function_of_the_strategy(students):
    share = students.groupby("strategy")["correct"].mean()
    assert set(share.index) == set(logs.NAMES)
    assert share.between(0.05, 0.95).all()
    # What isolating shows counts within a strategy too
    within = students[students["strategy"] == "one_at_a_time"]
    assert within["correct"].groupby(within["isolated"] == 3).mean().diff().iloc[1] > 0.1


def test_who_glances_learns_less(twin, cleaned, students):
    """Of students who isolated all three sliders, by their longest look at the one seen least."""
    events = cleaned.assign(
        look=cleaned.groupby("student_id")["timestamp"].shift(-1) - cleaned["timestamp"]
    )
    applies = events[events["event_type"] == "apply"]
    applies = applies.assign(slider=logs.isolates(logs.settings(events)))
    looks = applies[applies["slider"] >= 0].pivot_table(
        index="student_id", columns="slider", values="look", aggfunc="max"
    )
    shortest = looks.dropna().min(axis=1)
    correct = students["correct"].loc[shortest.index]
    glanced, looked = correct[shortest < 0.7], correct[shortest > 1.5]
    assert len(glanced) > 20
    assert looked.mean() - glanced.mean() > 0.25


def test_isolates_finds_the_only_slider_off_zero():
    setting = np.array([[0, 0, 0], [2, 0, 0], [0, -1, 0], [0, 0, 1], [1, 0, 1], [-2, 2, 1]])
    assert logs.isolates(setting).tolist() == [-1, 0, 1, 2, -1, -1]


def test_controls_isolated_are_counted_once_each():
    events = pd.DataFrame(
        [
            ("A", "start", None),
            ("A", "apply", "1_0_0"),
            ("A", "apply", "-2_0_0"),
            ("A", "apply", "0_0_1"),
            ("A", "apply", "1_0_1"),
            ("B", "start", None),
            ("B", "end", None),
        ],
        columns=["student_id", "event_type", "action"],
    )
    assert logs.controls_isolated(events).to_dict() == {"A": 2, "B": 0}


def test_intraclass_correlation_is_that_of_a_textbook_table():
    """Three groups of two: mean squares 8 between, 2 within, so 6 / 10."""
    values = pd.Series([1.0, 3, 3, 5, 5, 7])
    assert logs.intraclass_correlation(values, pd.Series([0, 0, 1, 1, 2, 2])) == 0.6


def test_adjusted_rand_and_auc_agree_with_scikit_learn():
    from sklearn.metrics import adjusted_rand_score, roc_auc_score

    rng = np.random.default_rng(0)
    found, planted = (pd.Series(rng.integers(4, size=200)) for _ in range(2))
    planted = planted.where(rng.random(200) < 0.5, found)
    assert logs._adjusted_rand(found, planted) == pytest.approx(adjusted_rand_score(planted, found))
    assert logs._auc(found, planted > 1) == pytest.approx(roc_auc_score(planted > 1, found))


def test_logs_begin_with_start_and_end_with_end(cleaned, students):
    by_student = cleaned.groupby("student_id")["event_type"]
    assert (by_student.first() == "start").all()
    assert (by_student.last() == "end").all()
    assert (cleaned["event_type"] == "start").sum() == cleaned["student_id"].nunique()
    drawn = cleaned["event_type"].eq("diagram").groupby(cleaned["student_id"]).sum()
    assert drawn.min() == 1
    counts = cleaned["event_type"].isin(["apply", "reset"]).groupby(cleaned["student_id"]).sum()
    assert (counts == students["events"].loc[counts.index]).all()


def test_only_apply_has_a_setting(twin):
    events = twin.tables["events"]
    applies = events["event_type"] == "apply"
    assert events["action"].notna().equals(applies)
    assert events["action"][applies].str.fullmatch(r"(-?[12]|0)(_(-?[12]|0)){2}").all()


def test_cleaning_with_the_truth_gives_back_the_true_logs(cleaned, students):
    steps = cleaned.groupby("student_id")["timestamp"].diff().dropna()
    assert (steps > 0).all()
    end = cleaned.groupby("student_id")["timestamp"].max()
    received = students[students["log"] == "received"]
    assert np.allclose(end.loc[received.index], received["total_time"])
    isolated = logs.controls_isolated(cleaned)
    assert isolated.sort_index().equals(received["isolated"].loc[isolated.sort_index().index])


def test_a_clock_jumps_back_once_and_stays_back(marked):
    wrong = marked[marked["type"].isin(logs.CLOCK)]
    shift = (wrong["true_timestamp"] - wrong["timestamp"]).round(1)
    by_log = shift.groupby(wrong["student_id"])
    assert by_log.min().equals(by_log.max())
    assert (shift > 0).all()
    kinds = wrong.groupby("student_id")["type"].first()
    assert (kinds == "clock_reset").sum() > 40
    assert (kinds == "clock_set_back").sum() > 40
    assert by_log.first()[kinds == "clock_set_back"].max() <= 30
    # Once the clock starts again the first event is not long after 0
    start = wrong.groupby("student_id")["timestamp"].min()[kinds == "clock_reset"]
    assert start.median() < 30


def test_hard_faults_of_clocks_show_no_negative_step(marked):
    step = marked.groupby("student_id")["timestamp"].diff()
    clock = marked["type"].isin(logs.CLOCK)
    first = clock & ~clock.groupby(marked["student_id"]).shift(fill_value=False)
    own = marked[first].groupby("student_id").head(1)
    assert (step[own.index[own["hard"]]] >= 0).all()
    shown = (step[own.index[~own["hard"].astype(bool)]] < 0).mean()
    assert shown > 0.95  # beside a copy or a swap the step may be a row further on


def test_a_copy_follows_its_original(marked):
    copies = marked[marked["type"] == "duplicate"]
    original = marked.loc[copies.index - 1]
    for column in ("student_id", "event_type"):
        assert (original[column].to_numpy() == copies[column].to_numpy()).all()
    assert original["action"].fillna("").tolist() == copies["action"].fillna("").tolist()
    delay = (copies["timestamp"].to_numpy() - original["timestamp"].to_numpy()).round(1)
    behind = copies["hard"].to_numpy(bool)
    assert (delay[~behind] == 0).all()
    # A clock that is set back between original and copy moves the copy alone
    assert ((delay[behind] > 0) & (delay[behind] <= 0.5)).mean() > 0.97
    assert copies["true_timestamp"].isna().all()


def test_settings_applied_again_are_no_copies(marked):
    again = marked[marked["type"] == "repeated_setting"]
    assert (again["event_type"] == "apply").all()
    assert (again["timestamp"] == again["true_timestamp"]).all()
    assert len(again) > 5 * (marked["type"] == "duplicate").sum()


def test_swapped_events_have_right_times_in_the_wrong_order(marked):
    rows = marked[marked["type"] == "swapped"]
    assert (rows["timestamp"] == rows["true_timestamp"]).all()
    step = marked.groupby("student_id")["timestamp"].diff()
    assert (step[rows.index] < 0).sum() > 0.9 * len(rows) / 2
    assert rows.groupby("student_id").size().max() == 2


def test_a_pause_is_long_and_true(marked, cleaned):
    waits = cleaned.assign(wait=cleaned.groupby("student_id")["timestamp"].diff())
    rows = marked[marked["type"] == "pause"].merge(
        waits, left_on=["student_id", "true_timestamp"], right_on=["student_id", "timestamp"]
    )
    assert len(rows) == (marked["type"] == "pause").sum() > 30
    assert (rows["wait"] > logs.PAUSE / 10).all()


def test_logs_are_not_missing_at_random(students, large):
    both = large.tables["students"].merge(large.truth["students"], on="student_id")
    lost = both["log"] != "received"
    assert both["correct"][lost].mean() < both["correct"][~lost].mean() - 0.1
    by_strategy = lost.groupby(both["strategy"]).mean()
    assert by_strategy.idxmax() == "hardly_interacts"
    outages = both[both["log"] == "outage"]
    assert (outages["device"] == "tablet").all()
    classes = large.truth["classes"].set_index("class_id")["outage"]
    assert classes.loc[outages["class_id"]].all()


def test_lost_logs_are_in_the_truth_and_nowhere_else(twin, students):
    lost = students.index[students["log"] != "received"]
    assert set(twin.truth["lost_events"]["student_id"]) == set(lost)
    assert set(twin.tables["events"]["student_id"]) == set(students.index) - set(lost)
    assert abs(twin.tables["events"]["student_id"].nunique() - 3000) < 100


def test_students_of_a_class_resemble_each_other(difficulties, large):
    students = large.tables["students"]
    found = logs.intraclass_correlation(students["correct"], students["class_id"])
    assert found == pytest.approx(0.087, abs=0.025)
    for one in difficulties:
        assert 0.04 < one["icc"] < 0.14


def test_classes_have_18_to_32_students(students):
    assert set(students.groupby("class_id").size()) <= set(logs.CLASS_SIZES)
    assert students["class_id"].nunique() == 120


def test_the_one_line_rule_reaches_what_it_does_on_the_real_item(difficulties):
    for one in difficulties:
        assert one["rule_accuracy"] == pytest.approx(0.832, abs=0.02)
        assert one["rule_auc"] == pytest.approx(0.851, abs=0.02)


def test_length_finds_length_and_not_the_strategy(difficulties):
    for one in difficulties:
        assert one["length_ari"] < 0.1
        assert one["isolated_ari"] > 0.4
        assert 0.6 < one["length_auc"] < one["rule_auc"] - 0.1


def test_identifiers_tell_neither_class_nor_strategy(large):
    both = large.tables["students"].merge(large.truth["students"], on="student_id")
    rank = both["student_id"].str[-3:].astype(int)
    assert rank.groupby(both["strategy"]).mean().between(110, 149).all()
    assert (rank.groupby(both["class_id"]).std() > 40).all()


def test_harder_isolates_more_by_chance_and_has_more_faults():
    usual, harder = (
        pd.concat(
            block.truth["students"].assign(faults=(block.truth["events"]["kind"] == "error").mean())
            for block in logs.blocks(3, 0.5, harder=one)
        )
        for one in (False, True)
    )
    chance = [
        one.loc[~one["strategy"].isin(logs.SYSTEMATIC), "isolated"].mean()
        for one in (usual, harder)
    ]
    assert chance[1] > chance[0] + 0.2
    assert harder["faults"].mean() > usual["faults"].mean()
