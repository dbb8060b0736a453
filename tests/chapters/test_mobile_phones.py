"""What `mobile-phones` and `antennas-to-communes` promise beside their outputs.

Their functions give what their definitions say; they run on call records in the open format, with
residents and without them.
"""

import call_records
import numpy as np
import pandas as pd
import pytest

import ssplab
from ssplab import taught
from ssplab.course import normal
from ssplab.course.naming import select
from ssplab.notebooks.runs import run

[HOMES] = [path for path in select(["mobile-phones"]) if "chapters" in path.parts]
[COMMUNES] = [path for path in select(["antennas-to-communes"]) if "chapters" in path.parts]


# --- what it teaches


concordance = taught("antennas-to-communes", "concordance")


def test_concordance_is_lin_s():
    """By the covariance, as in Lin (1989), which the chapter's form must equal."""
    rng = np.random.default_rng(0)
    census = pd.Series(rng.lognormal(9, 1, 40))
    estimate = 0.7 * census + rng.normal(0, 3000, 40)
    covariance = np.cov(estimate, census, ddof=0)[0, 1]
    spread = estimate.var(ddof=0) + census.var(ddof=0)
    expected = 2 * covariance / (spread + (estimate.mean() - census.mean()) ** 2)
    assert concordance(estimate, census) == pytest.approx(expected, rel=1e-12)
    assert concordance(census, estimate) == pytest.approx(expected, rel=1e-12)
    assert concordance(estimate, census) < estimate.corr(census)


def test_only_equality_is_concordance():
    census = pd.Series([1.0, 2.0, 3.0])
    assert concordance(census, census) == 1
    assert concordance(census + 1, census) < 1
    assert concordance(-census + 4, census) == pytest.approx(-1)


def test_of_equal_sites_the_first_by_name_is_the_home():
    top_site = taught("mobile-phones", "top_site")
    counts = pd.Series(
        {("u", "S2"): 3, ("u", "S1"): 3, ("u", "S0"): 1, ("v", "S9"): 1}, name="any"
    ).rename_axis(["user_id", "site_id"])
    assert top_site(counts).to_dict() == {"u": "S1", "v": "S9"}
    assert top_site(counts.sample(frac=1, random_state=1)).to_dict() == {"u": "S1", "v": "S9"}


def test_homes_differ_among_those_who_have_both():
    differ = taught("mobile-phones", "differ")
    one = pd.Series(["a", "b", None, "d"])
    other = pd.Series(["a", "c", "c", None])
    assert differ(one, other) == 50


# --- own extracts


@pytest.fixture(scope="module")
def records():
    """Return the records of a quarter of the customers of the sample."""
    records = ssplab.load("mobile_phones")
    chosen = records["user_id"].unique()[::4]
    return records[records["user_id"].isin(chosen)]


def extract(folder, records, *beside):
    """Return a folder with an extract in the open format, with further tables of the twin."""
    folder.mkdir()
    call_records.deliver(folder, records, ssplab.load("mobile_phones", "antennas"))
    for name in beside:
        ssplab.load("mobile_phones", name).to_csv(folder / f"{name}.csv", index=False)
    return folder


def shown(chapter, folder, out):
    """Return what the cells of a chapter show of an extract, by their ids."""
    result = run(chapter, {"data": folder}, out, progress=False)
    return {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}


@pytest.mark.slow  # runs both chapters
def test_records_and_places_alone_give_homes(records, tmp_path):
    office = extract(tmp_path / "office", records)
    homes = shown(HOMES, office, tmp_path / "homes")
    assert "Five rules agree on one home" in homes["answer"]
    assert "another home than by nights" in homes["answer"]
    communes = shown(COMMUNES, office, tmp_path / "communes")
    assert "could not be estimated" in communes["answer"]
    assert "correlation" not in communes["answer"]


@pytest.mark.slow  # runs both chapters
def test_with_residents_their_communes_are_estimated(records, tmp_path):
    """The register has no sites: antennas at one place are one, or a cell would count thrice."""
    office = extract(tmp_path / "office", records, "grid", "communes")
    homes = shown(HOMES, office, tmp_path / "homes")
    communes = shown(COMMUNES, office, tmp_path / "communes")
    assert "a median relative error" in communes["answer"]
    assert "of 22 communes" in communes["answer"]
    assert "within a kilometre" not in str(homes), "the true homes are not known"
    assert "%" not in communes["gross"], "nor the true communes"
    everything = str(homes) + str(communes)
    assert not any(user in everything for user in records["user_id"].unique())
