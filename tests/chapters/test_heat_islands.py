"""What `heat-islands` makes of own images: other bands, pixels and projection, clouds, no table."""

import numpy as np
import pytest
import rasterio

import ssplab
from ssplab.course import normal
from ssplab.course.naming import select
from ssplab.notebooks.runs import run

pytestmark = pytest.mark.slow  # runs the chapter

[CHAPTER] = [path for path in select(["heat-islands"]) if "chapters" in path.parts]
LANDSAT = """\
data: satellite
images:
  scene_1:
    bands:
      blue: {file: LC09_B2.TIF, multiply: 0.0005, add: -0.1}
      green: {file: LC09_B3.TIF, multiply: 0.0005, add: -0.1}
      red: {file: LC09_B4.TIF, multiply: 0.0005, add: -0.1}
      nir: {file: LC09_B5.TIF, multiply: 0.0005, add: -0.1}
  scene_1_20m:
    bands:
      swir1: {file: LC09_B6.TIF, multiply: 0.0005, add: -0.1}
      swir2: {file: LC09_B7.TIF, multiply: 0.0005, add: -0.1}
      temperature: {file: LC09_ST_B10.TIF, multiply: 0.00341802, add: 149}
"""


def layers(name):
    """Return the counts of an image of the twin, with what the file says of its bands."""
    with rasterio.open(ssplab.image_path("satellite", name)) as file:
        return file.read(), file.profile, (file.descriptions, file.scales, file.offsets)


def write(path, counts, profile, told=None):
    with rasterio.open(
        path,
        "w",
        **profile | {"count": len(counts), "height": counts.shape[1], "width": counts.shape[2]},
    ) as file:
        file.write(counts)
        if told:
            file.descriptions, file.scales, file.offsets = told


def as_delivered(folder):
    """A folder like one of Landsat: a file for each band, pixels of 30 m, UTM, nothing else."""
    at = {"crs": "EPSG:32631", "transform": rasterio.Affine(30, 0, 421_005, 0, -30, 4_810_035)}
    fine, profile, _ = layers("scene_1")
    coarse, _, _ = layers("scene_1_20m")
    coarse = coarse.repeat(2, axis=1).repeat(2, axis=2)
    for name, counts in {
        **{f"LC09_B{number}": band for number, band in enumerate(fine[:4], start=2)},
        **dict(zip(["LC09_B6", "LC09_B7", "LC09_ST_B10"], coarse, strict=True)),
    }.items():
        small = counts[1::3, 1::3].copy()
        small[:20] = 0  # the edge of the strip that the satellite has seen
        write(folder / f"{name}.TIF", small[None], profile | at)
    (folder / "columns.yml").write_text(LANDSAT)


def in_another_order(folder):
    """The twin's images with their bands turned round, beside its boundary."""
    for name in ("scene_1", "scene_1_20m"):
        counts, profile, told = layers(name)
        write(folder / f"{name}.tif", counts[::-1], profile, tuple(one[::-1] for one in told))
    ssplab.load("satellite", "boundary").to_csv(folder / "boundary.csv", index=False)


def all_clouded(folder):
    """The twin's images, of which the flag says cloud everywhere, and its boundary."""
    in_another_order(folder)
    counts, profile, told = layers("scene_1")
    counts[-1] = 2
    write(folder / "scene_1.tif", counts, profile, told)


def without_a_boundary_that_can_be_read(folder):
    """The twin's images, and a boundary that is no well-known text."""
    in_another_order(folder)
    boundary = ssplab.load("satellite", "boundary").assign(geometry="the city")
    boundary.to_csv(folder / "boundary.csv", index=False)


@pytest.mark.parametrize(
    ("deliver", "told"),
    [
        (
            as_delivered,
            [
                "Without a boundary, or vegetation beyond it, there is no island to measure.",
                "degrees cooler",
            ],
        ),
        (
            in_another_order,
            [
                "4.0 degrees warmer than nearby vegetation",
                "At the hour of the image",
                "0.84 degrees cooler",
            ],
        ),
        (all_clouded, ["Clouds hide all of the image"]),
        (without_a_boundary_that_can_be_read, ["the boundary could not be read"]),
    ],
)
def test_own_images_run_or_say_what_is_missing(deliver, told, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    deliver(folder)
    result = run(CHAPTER, {"data": folder}, tmp_path / "out", progress=False)
    cells = {cell.id: str(cell.get("outputs")) for cell in normal.read(result.notebook).cells}
    for part in told:
        assert part in cells["answer"]
    assert "nan" not in cells["answer"]
    assert ("image/png" in cells.get("hot-map", "")) == (deliver is in_another_order)
    assert np.all(["Traceback" not in text for text in cells.values()])
