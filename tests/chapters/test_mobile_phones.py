"""What `mobile-phones` and `antennas-to-communes` promise beside their outputs.

Their functions give what their definitions say; they run on call records in the open format, with
residents and without them.
"""

import numpy as np
import pandas as pd
import pytest
from call_records import office, shown

from ssplab import taught
from ssplab.course.naming import select

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


@pytest.mark.slow  # runs both chapters
def test_records_and_places_alone_give_homes(tmp_path):
    folder = office(tmp_path / "office")
    homes = shown(HOMES, folder, tmp_path / "homes")
    assert "Five rules agree on one home" in homes["answer"]
    assert "another home than by nights" in homes["answer"]
    communes = shown(COMMUNES, folder, tmp_path / "communes")
    assert "could not be estimated" in communes["answer"]
    assert "correlation" not in communes["answer"]


@pytest.mark.slow  # runs both chapters
def test_with_residents_their_communes_are_estimated(tmp_path):
    """The register has no sites: antennas at one place are one, or a cell would count thrice."""
    folder = office(tmp_path / "office", "grid", "communes")
    homes = shown(HOMES, folder, tmp_path / "homes")
    communes = shown(COMMUNES, folder, tmp_path / "communes")
    assert "a median relative error" in communes["answer"]
    assert "of 22 communes" in communes["answer"]
    assert "within a kilometre" not in str(homes), "the true homes are not known"
    assert "%" not in communes["gross"], "nor the true communes"
