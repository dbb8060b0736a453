"""What `areas-from-maps` makes of own images: bands turned round, no sample, one scene, clouds."""

import numpy as np
import pytest
import rasterio

import ssplab
from ssplab.course import normal
from ssplab.course.naming import select
from ssplab.notebooks.runs import run
from ssplab.verify.seeds import read_record, record_path

pytestmark = pytest.mark.slow  # runs the chapter

[CHAPTER] = [path for path in select(["areas-from-maps"]) if "chapters" in path.parts]
IMAGES = ("scene_1", "scene_1_20m", "scene_2", "scene_2_20m")


def deliver(
    folder, images=IMAGES, tables=("points", "reference", "boundary"), clouded=False, part=1
):
    """Write images of the twin with their bands turned round, and some of its tables.

    Of the images it is so large a part of each side, from the corner in the north-west.
    """
    for name in images:
        with rasterio.open(ssplab.image_path("satellite", name)) as file:
            counts, profile = file.read(), file.profile
            told = (file.descriptions, file.scales, file.offsets)
        if clouded and "quality" in told[0]:
            counts[told[0].index("quality")] = 2
        height, width = (int(part * side) for side in counts.shape[1:])
        counts = counts[:, :height, :width]
        profile |= {"height": height, "width": width}
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as file:
            file.write(counts[::-1])
            file.descriptions, file.scales, file.offsets = (one[::-1] for one in told)
    for name in tables:
        ssplab.load("satellite", name).to_csv(folder / f"{name}.csv", index=False)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ["Areas in hectares of", "not scored"]),
        (
            {"tables": ["points"], "part": 0.5},
            ["No random sample of reference pixels is given", "not scored"],
        ),
        ({"images": IMAGES[:2]}, ["A map of classes could not be made: it takes two scenes"]),
        ({"clouded": True}, ["A map of classes could not be made", "pixels that are clear"]),
    ],
)
def test_own_images_run_or_say_what_is_missing(given, told, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    deliver(folder, **given)
    result = run(CHAPTER, {"data": folder}, tmp_path / "out", progress=False)
    cells = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    for part in told:
        assert part in cells["answer"]
    assert "nan" not in cells["answer"]
    assert np.all(["Traceback" not in text for text in cells.values()])


def test_the_page_tells_the_coverage_of_the_record():
    """Prose: seven classes near their word, water not; true labels move few, all hold on 13."""
    record = read_record(record_path(CHAPTER))
    told = " ".join(str(cell.get("outputs")) for cell in normal.read(CHAPTER).cells)
    start, end = "The estimator's interval of ", " holds its area"
    own = {
        sentence.removeprefix(start).removesuffix(end): sum(measured.holds)
        for sentence, measured in record.claims.items()
        if sentence.startswith(start)
    }
    water = own.pop("water")
    assert len(own) == 7
    assert f"{sum(own.values())} of {7 * len(record.seeds)} intervals" in told
    assert f"over all eight {sum(own.values()) + water} of {8 * len(record.seeds)}" in told
    assert water < 18 <= sum(record.claims["That of water does, by the rule"].holds)
    assert min(own.values()) > water
    assert sum(own.values()) >= 0.9 * 7 * len(record.seeds)
    by_truth = record.claims["With true labels in place of the interpreter's more of the seven do"]
    assert [by_truth.values.count(more) for more in (1, 0, -1)] == [3, 16, 1]
    assert sum(record.claims["All eight that are delivered do"].holds) == 13
    either = record.claims[
        "Of the two maps the one right in more counts both streets and wheat worse"
    ]
    assert 0 < sum(either.holds) < 18
