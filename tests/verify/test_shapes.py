"""Extracts of ordinary shapes: each fits its card, has the shapes that it says, and is drawn anew
the same."""

import pandas as pd
import pytest
from hypothesis import given, settings

from ssplab.course import card_names, load_card
from ssplab.data import content_hash, examine
from ssplab.system import SsplabError
from ssplab.verify import shapes
from ssplab.verify.shapes import Plan, drawn, odd_extract, plans, shapes_of

CARDS = [
    "activity_labels",
    "employers",
    "job_offers",
    "payroll",
    "scanner",
]  # those that chapters are about


def tables_of(folder):
    return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}


@pytest.mark.parametrize("card_name", CARDS)
def test_whatever_is_drawn_fits_its_card_and_is_small(card_name, tmp_path_factory):
    @settings(max_examples=6, deadline=None, derandomize=True)
    @given(plans(card_name))
    def drawn_extract_fits(plan):
        folder = odd_extract(card_name, plan.shapes, tmp_path_factory.mktemp("own"), plan.seed)
        card = load_card(card_name)
        extract = examine(folder, card)
        needed = {name for name, table in card.tables.items() if not table.optional}
        assert needed <= set(extract.rows) <= set(card.tables)
        assert 0 < extract.rows[card.main_table] <= shapes.ROWS
        assert bool(extract.unseen) or "unseen-codes" not in plan.shapes

    drawn_extract_fits()


def extract(tmp_path, card_name, *names):
    return tables_of(odd_extract(card_name, names, tmp_path))


def test_a_pay_scale_has_few_amounts(tmp_path):
    declarations = extract(tmp_path, "payroll", "ties")["declarations"]
    assert declarations["gross"].nunique() <= shapes.TIED
    assert shapes.ROWS / 2 < len(declarations) <= shapes.ROWS  # whole establishments


def test_a_single_group_is_one_establishment_or_one_enterprise_of_a_register(tmp_path):
    one = extract(tmp_path / "pay", "payroll", "single-group")
    assert one["declarations"]["siret"].nunique() == len(one["establishments"]) == 1
    register = extract(tmp_path / "register", "employers", "single-group")
    assert len(register["enterprises"]) == 1 < len(register["establishments"])


def test_what_refers_to_the_main_table_adds_no_rows_to_it(tmp_path):
    row = extract(tmp_path / "row", "activity_labels", "single-row")
    assert len(row["descriptions"]) == 1
    whole = extract(tmp_path / "whole", "activity_labels")
    assert len(whole["descriptions"]) == shapes.ROWS
    assert 0 < len(whole["double_coding"]) < shapes.ROWS
    assert (
        whole["double_coding"]["declaration_id"].isin(whole["descriptions"]["declaration_id"]).all()
    )


def test_a_month_of_weeks_and_thirteen_months(tmp_path):
    weeks = extract(tmp_path / "1", "scanner", "one-month")["sales"]["date"]
    assert weeks.dt.to_period("M").nunique() == 1 < weeks.nunique()
    weeks = extract(tmp_path / "13", "scanner", "thirteen-months")["sales"]["date"]
    assert weeks.dt.to_period("M").nunique() == 13
    week = extract(tmp_path / "0", "scanner", "one-period")["sales"]["date"]
    assert len(week.unique()) == 1


def test_units_are_matched_in_all_periods_or_in_none(tmp_path):
    unit = ["outlet", "ean"]
    sales = extract(tmp_path / "none", "scanner", "none-matched")["sales"]
    assert sales.groupby(unit)["date"].nunique().max() == 1
    assert len(sales["date"].unique()) > 1
    declarations = extract(tmp_path / "all", "payroll", "all-matched")["declarations"]
    assert declarations.groupby(["post_id", "siret"])["month"].nunique().min() == 3


def test_names_are_those_of_the_register_or_none_is(tmp_path):
    def shared(*names):
        tables = extract(tmp_path / "-".join(names), "employers", *names)
        names = tables["forms"]["rs_x"].dropna().str.casefold()
        register = [tables["enterprises"], tables["establishments"]]
        texts = {
            text
            for frame in register
            for name in frame
            for text in frame[name].dropna().astype(str)
        }
        return names.isin({text.casefold() for text in texts}).mean()

    assert shared("register-matched") == 1
    assert 0 == shared("register-unmatched") < shared("missing") < 1


def test_few_units_are_below_ten_everywhere(tmp_path):
    ads = extract(tmp_path, "job_offers", "few-units")["ads"]
    assert (len(ads), ads["site"].nunique()) == (shapes.FEW, shapes.GROUPS)
    assert ads["site"].value_counts().max() < 10


def test_a_single_row(tmp_path):
    tables = extract(tmp_path, "payroll", "single-row")
    assert [len(frame) for frame in tables.values()] == [1, 1, 1]


def test_what_may_be_missing_is(tmp_path):
    forms = extract(tmp_path / "all", "employers", "optional-missing")["forms"]
    assert forms[["rs_x", "empl", "profs_x", "depcom_code"]].isna().all(axis=None)
    assert forms["cabbi"].notna().all()
    forms = extract(tmp_path / "some", "employers", "missing")["forms"]
    assert 0.2 < forms["rs_x"].isna().mean() < 0.6


def test_half_of_the_amounts_are_nil_and_keys_are_as_they_were(tmp_path):
    sales = extract(tmp_path, "scanner", "zero-amounts")["sales"]
    assert 0.4 < (sales["turnover"] == 0).mean() < 0.6
    assert (sales["quantity"] == 0).mean() < 0.1


def test_odd_identifiers_still_lead_from_table_to_table(tmp_path):
    tables = extract(tmp_path, "payroll", "odd-identifiers")
    assert tables["posts"]["siret"].str.startswith("é/ syn").all()
    assert set(tables["posts"]["siret"]) <= set(tables["establishments"]["siret"])


def test_some_columns_are_constant(tmp_path):
    card = load_card("payroll").tables["declarations"]
    whole = extract(tmp_path / "whole", "payroll")["declarations"]
    frame = extract(tmp_path / "constant", "payroll", "constant")["declarations"]
    became = [name for name in frame if frame[name].nunique() == 1 < whole[name].nunique()]
    assert became
    assert not {*card.key, "siret", "post_id"} & set(became)


def test_the_same_seed_gives_the_same_extract_and_another_one_another(tmp_path):
    def mark(folder, seed):
        odd_extract("payroll", ["ties", "missing"], tmp_path / folder, seed)
        card = load_card("payroll").model_copy(update={"truth": {}})
        return content_hash(tables_of(tmp_path / folder), card)

    assert mark("a", 3) == mark("b", 3) != mark("c", 4)


def test_draws_are_the_same_each_time_and_give_each_shape_its_turn():
    some = drawn("payroll", 20)
    assert some == drawn("payroll", 20)
    assert {name for plan in some for name in plan.shapes} == set(shapes_of("payroll"))
    for plan in some:
        assert 1 <= len(plan.shapes) <= shapes.TOGETHER
        assert all(len(one & set(plan.shapes)) < 2 for one in shapes.EITHER)
    assert drawn("payroll", 2) != [Plan(("one-period",), 0), Plan(("one-month",), 0)]


def test_a_shape_is_offered_where_it_can_be():
    assert "register-matched" in shapes_of("employers")
    assert not {"ties", "one-month", "all-matched"} & set(shapes_of("employers"))
    assert not {"register-matched"} & set(shapes_of("payroll"))
    # A second coding of the same declarations is no register of them.
    assert not {"register-matched"} & set(shapes_of("activity_labels"))
    assert "all-matched" not in shapes_of("job_offers")


def test_an_unknown_shape_and_a_data_set_of_files_are_told(tmp_path):
    with pytest.raises(SsplabError, match=r"no shape called 'tie'.*Did you mean ties"):
        odd_extract("payroll", ["tie"], tmp_path / "own")
    with pytest.raises(SsplabError, match="office_files consists of files"):
        odd_extract("office_files", [], tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_by_hand(tmp_path, capsys):
    shapes.main(["payroll", "ties,single-row", str(tmp_path / "own"), "--seed", "2"])
    assert capsys.readouterr().out.strip() == str(tmp_path / "own")
    assert len(tables_of(tmp_path / "own")["declarations"]) == 1


@pytest.mark.parametrize("card_name", sorted(set(card_names()) - {*CARDS, "office_files"}))
def test_a_card_that_no_chapter_is_about_yet_has_extracts_too(card_name, tmp_path):
    names = [name for name in shapes_of(card_name) if name != "single-row"]
    for group in shapes.EITHER:
        names = [name for name in names if name not in group] + sorted(group & set(names))[:1]
    odd_extract(card_name, names, tmp_path)
    assert tables_of(tmp_path)
