"""Images of data sets, and of own extracts: found, read, held against the card."""

import html
import re
import shutil

import numpy as np
import pytest
import rasterio
from nbformat import v4
from pydantic import ValidationError

import ssplab
from ssplab.course import Band, Card, card_images, images_opened, load_card, tables_loaded
from ssplab.data import image_hash, template
from ssplab.data.extracts import card_of, examine
from ssplab.data.images import image_faults, write_image
from ssplab.owndata import report
from ssplab.system import CheckFailed, SsplabError

CARD = load_card("satellite")
SCENE = CARD.images["scene_1"]
COLOURS = ("blue", "green", "red", "nir")
ACROSS = 40  # pixels of small images
WEST, NORTH = 500_000, 6_606_400


def grid(west, north, pixel):
    return rasterio.Affine(pixel, 0, west, 0, -pixel, north)


# Of the course


@pytest.mark.parametrize("name", CARD.images)
def test_an_image_is_opened_with_what_the_card_says_of_it(name):
    described = CARD.images[name]
    with rasterio.open(ssplab.image_path("satellite", name)) as file:
        assert file.descriptions == tuple(described.bands)
        assert file.crs.to_string() == described.crs
        assert file.shape == (described.height, described.width)
        assert file.bounds == (
            described.west,
            described.north - described.height * described.resolution,
            described.west + described.width * described.resolution,
            described.north,
        )
        counts = file.read(masked=True)
        assert not counts.mask.any()
        for layer, scale, offset, band in zip(
            counts, file.scales, file.offsets, described.bands.values(), strict=True
        ):
            values = layer * scale + offset
            assert (scale, offset) == (band.scale, band.offset)
            if band.codes:
                assert set(np.unique(values)) == set(band.codes)
            else:
                assert band.minimum <= values.min() < values.max() <= band.maximum


def test_the_data_set_s_name_means_what_was_set_up(tmp_path, own):
    folder = own()
    shipped = ssplab.image_path("satellite", "scene_1")
    ssplab.set_up(folder)
    try:
        assert ssplab.image_path("satellite", "scene_1") == folder / "scene_1.tif" != shipped
        assert ssplab.truth_image_path("satellite", "classes") is None
    finally:
        ssplab.set_up()
    assert ssplab.truth_image_path("satellite", "classes") == CARD.folder / "truth/classes.tif"


@pytest.mark.parametrize(
    ("function", "data", "name", "told"),
    [
        (ssplab.image_path, "satellite", "scene1", "image of 'satellite' called 'scene1'.*scene_1"),
        (ssplab.image_path, "payroll", "scene_1", "no image of 'payroll': it has none"),
        (ssplab.truth_image_path, "satellite", "class", "of the truth of .*classes"),
        (ssplab.image_path, "satelite", "scene_1", "No data set is called 'satelite'"),
    ],
)
def test_an_image_that_is_not_there_is_a_sentence(function, data, name, told):
    with pytest.raises(SsplabError, match=told):
        function(data, name)


def test_a_missing_file_says_how_to_get_it_back(monkeypatch, tmp_path):
    shutil.copytree(CARD.folder, tmp_path / "datasets/satellite")
    (tmp_path / "_toc.yml").touch()
    (tmp_path / "datasets/satellite/scene_2.tif").unlink()
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    with pytest.raises(SsplabError, match=r"scene_2\.tif is missing\. Restore it with git"):
        ssplab.image_path("satellite", "scene_2")


def small_card(**changes):
    small = {"width": ACROSS, "height": ACROSS, **changes}
    return SCENE.model_copy(update=small)


def counts(bands=5, across=ACROSS):
    drawn = np.random.default_rng(1).integers(250, 1200, (bands, across, across), dtype="uint16")
    if bands == len(SCENE.bands):
        drawn[-1] = 1 + drawn[-1] % 3
    return drawn


def test_a_written_image_is_what_its_card_says(tmp_path):
    layers = counts()
    image = small_card(content_hash=image_hash(layers, SCENE))
    path = tmp_path / "made" / "small.tif"
    write_image(path, layers, image)
    assert list(image_faults(path, image)) == []
    with rasterio.open(path) as file:
        assert (file.read() == layers).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"crs": "EPSG:32631"}, "projection: EPSG:2154, its card says EPSG:32631"),
        ({"nodata": None}, "without data: 0.0, its card says None"),
        ({"west": WEST + 10}, "north-west corner"),
        ({"resolution": 20}, "size of pixels"),
        ({"width": ACROSS + 1}, "columns and rows"),
        ({"dtype": "uint8"}, "type: .'uint16'"),
        ({"bands": dict(reversed(SCENE.bands.items()))}, "bands: .'blue'"),
        ({"content_hash": f"sha256:{'0' * 64}"}, "hash is sha256:"),
        (
            {"bands": {**SCENE.bands, "blue": Band(meaning="Blue", unit="1", scale=0.01)}},
            "scales: .0.0005",
        ),
        (
            {
                "bands": {
                    **SCENE.bands,
                    "quality": Band(meaning="Flags", unit="1", codes={1: "clear"}),
                }
            },
            r"quality has codes that its card does not list: \[2, 3\]",
        ),
        (
            {
                "bands": {
                    **SCENE.bands,
                    "nir": SCENE.bands["nir"].model_copy(update={"maximum": 0.3}),
                }
            },
            "nir has values up to 0.4.*, its card says 0.3",
        ),
    ],
)
def test_an_image_that_differs_from_its_card_is_told(changes, told, tmp_path):
    layers = counts()
    image = small_card(content_hash=image_hash(layers, SCENE))
    write_image(tmp_path / "small.tif", layers, image)
    faults = " ".join(image_faults(tmp_path / "small.tif", image.model_copy(update=changes)))
    assert re.search(told, faults), faults


def test_a_file_that_is_no_image_is_told(tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"no image")
    assert "no image that can be read" in " ".join(image_faults(tmp_path / "broken.tif", SCENE))
    assert "missing" in " ".join(image_faults(tmp_path / "none.tif", SCENE))


def test_counts_of_another_shape_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"small\.tif has \(4, 40, 40\), its card says \(5, 40"):
        write_image(tmp_path / "small.tif", counts(4), small_card())


def test_a_hash_is_of_names_and_counts():
    layers = counts()
    first = image_hash(layers, SCENE)
    assert image_hash(layers.astype("int64"), SCENE) == first
    changed = layers.copy()
    changed[2, 3, 4] += 1
    assert image_hash(changed, SCENE) != first
    renamed = {f"{name}_": band for name, band in SCENE.bands.items()}
    assert image_hash(layers, SCENE.model_copy(update={"bands": renamed})) != first


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda card: card["images"]["scene_1"]["bands"]["quality"].update(default=9), "default 9"),
        (lambda card: card["images"]["scene_1"].update(crs="Lambert"), "crs"),
        (lambda card: card["images"]["scene_1"].update(bands={}), "bands"),
        (lambda card: card["tables"]["points"].update(located=["x", "z"]), "located"),
    ],
)
def test_a_card_that_says_nonsense_of_images_is_refused(change, told):
    content = CARD.model_dump(exclude_unset=True)
    change(content)
    with pytest.raises(ValidationError, match=told):
        Card.model_validate(content)


def test_real_data_have_no_images():
    content = load_card("wagepan").model_dump(exclude_unset=True)
    content["images"] = {"scene": SCENE.model_dump(exclude_unset=True)}
    with pytest.raises(ValidationError, match="only a twin has images"):
        Card.model_validate(content)


# Own extracts


def save(path, layers, *, descriptions=None, scale=None, crs="EPSG:2154", pixel=160, **profile):
    """Write an image as somebody else does, over the places of the twin."""
    layers = np.asarray(layers)
    profile = {"transform": grid(WEST, NORTH, pixel), "nodata": 0} | profile
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=len(layers),
        height=layers.shape[1],
        width=layers.shape[2],
        dtype=layers.dtype,
        crs=crs,
        **profile,
    ) as file:
        file.write(layers)
        if descriptions:
            file.descriptions = descriptions
        if scale:
            file.scales, file.offsets = scale


@pytest.fixture
def own(tmp_path):
    """A way to a folder with training points and, unless told otherwise, a good scene."""

    def own(mapping=None, scene=True):
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        shutil.copy(CARD.folder / "points.parquet", folder)
        if scene:
            described = {"descriptions": tuple(SCENE.bands)}
            save(folder / "scene_1.tif", counts(), scale=SCALED, **described)
        if mapping:
            text = f"data: satellite\nimages:\n  scene_1:\n{mapping}"
            (folder / "columns.yml").write_text(text, encoding="utf-8")
        return folder

    return own


SCALED = ((0.0005,) * 4 + (1,), (-0.1,) * 4 + (0,))


def values(path):
    """Return an image's values and the names of its bands, as a chapter reads them."""
    with rasterio.open(path) as file:
        layers = file.read(masked=True)
        scaled = [
            layer * scale + offset
            for layer, scale, offset in zip(layers, file.scales, file.offsets, strict=True)
        ]
        return np.ma.stack(scaled), file.descriptions


def test_an_image_in_the_card_s_form_is_taken_as_it_is(own):
    folder = own()
    assert examine(folder, images=["scene_1"]).absent == []
    assert ssplab.image_path(folder, "scene_1") == folder / "scene_1.tif"
    assert sorted(path.name for path in folder.iterdir()) == ["points.parquet", "scene_1.tif"]


def test_another_projection_and_other_pixels_run(own):
    """A scene in UTM, of which the points are in UTM too, with pixels of 30 m."""
    folder = own(scene=False)
    points = ssplab.load("satellite")
    points.assign(x=points["x"] - 100_000, y=points["y"] - 1_000_000).to_csv(
        folder / "points.csv", index=False
    )
    (folder / "points.parquet").unlink()
    save(
        folder / "scene_1.TIF",
        counts(across=214),
        descriptions=tuple(SCENE.bands),
        scale=SCALED,
        crs="EPSG:32631",
        transform=grid(WEST - 100_000, NORTH - 1_000_000, 30),
    )
    examine(folder, images=["scene_1"])
    with rasterio.open(ssplab.image_path(folder, "scene_1")) as file:
        assert file.crs.to_epsg() == 32631
        assert file.res == (30, 30)


def test_bands_are_mapped_recoded_and_scaled(own):
    mapping = """
    file: theirs/june.tif
    bands:
      blue: {from: B2, multiply: 0.0000275, add: -0.2}
      green: {from: 3, multiply: 0.0000275, add: -0.2}
      red: {from: 2, multiply: 0.0000275, add: -0.2}
      nir: {from: B5, multiply: 0.0000275, add: -0.2}
      quality: {from: QA, codes: {21824: 1, 22280: 2, 23888: 3, 1: }}
"""
    folder = own(mapping, scene=False)
    (folder / "theirs").mkdir()
    layers = np.random.default_rng(2).integers(8000, 20_000, (6, ACROSS, ACROSS), dtype="uint16")
    layers[5] = np.array([21824, 22280, 23888, 1], "uint16")[layers[5] % 4]
    layers[0, 0, 0] = 0
    names = ("B2", "B4", "B3", "B5", "B6", "QA")
    save(folder / "theirs/june.tif", layers, descriptions=names)
    assert examine(folder).absent == []
    path = ssplab.image_path(folder, "scene_1")
    assert folder not in path.parents
    found, described = values(path)
    assert described == tuple(SCENE.bands)
    for band, theirs in enumerate((0, 2, 1, 3)):
        expected = layers[theirs] * 0.0000275 - 0.2
        there = ~found[band].mask
        assert found[band][there].data == pytest.approx(expected[there], abs=1e-6)
    assert found.mask[0].sum() == 1  # a count of 0, which says that there is no value
    assert found.mask[0, 0, 0]
    assert (found.mask[4] == (layers[5] == 1)).all()
    clear = layers[5] == 21824
    assert (found[4][clear] == 1).all()
    assert set(found[4].compressed()) == {1, 2, 3}
    assert ssplab.image_path(folder, "scene_1") == path  # a copy is made once
    changed = mapping.replace("add: -0.2", "add: -0.1", 1)
    (folder / "columns.yml").write_text(f"data: satellite\nimages:\n  scene_1:\n{changed}")
    other = ssplab.image_path(folder, "scene_1")
    assert other != path
    assert path.exists()
    moved = (values(other)[0][0] - found[0]).compressed()
    assert moved == pytest.approx(np.full(ACROSS**2 - 1, 0.1), abs=1e-6)


def test_each_band_may_be_a_file(own):
    lines = [
        f"      {name}: {{file: LC09_B{number}.TIF, multiply: 1/20000}}\n"
        for number, name in enumerate(COLOURS, start=2)
    ]
    folder = own("    bands:\n" + "".join(lines), scene=False)
    layers = counts(4) * 10
    for number, layer in enumerate(layers, start=2):
        save(folder / f"LC09_B{number}.TIF", layer[None])
    extract = examine(folder)
    assert [str(one) for one in extract.absent] == [
        "scene_1, quality: the band is not there; each pixel has 1"
    ]
    found, _ = values(ssplab.image_path(folder, "scene_1"))
    assert found[:4].data == pytest.approx(layers / 20_000, rel=1e-6)
    assert (found[4] == 1).all()


def test_floats_are_values_and_those_that_are_none_are_masked(own):
    folder = own(scene=False)
    layers = counts().astype("float32") / 2000
    layers[4] = 1
    layers[2, 5, 6] = np.nan
    save(folder / "scene_1.tif", layers, descriptions=tuple(SCENE.bands), nodata=np.nan)
    found, _ = values(ssplab.image_path(folder, "scene_1"))
    assert np.argwhere(found.mask).tolist() == [[2, 5, 6]]


NAMED = {"descriptions": tuple(SCENE.bands), "scale": SCALED}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"descriptions": None}, r"no band that is described as blue; it has 1 \?, 2 \?"),
        ({"descriptions": ("blue", "green", "rot", "nir", "quality")}, "described as red.*3 rot"),
        ({"scale": None}, "band 1: whole numbers, and nothing says what they stand for"),
        ({"crs": "EPSG:4326"}, "in EPSG:4326, whose units are not metres"),
        ({"crs": None}, "does not say in which projection"),
        ({"transform": grid(0, 0, 10)}, "x, y: none of the 9.. places lies in scene_1"),
        (
            {"transform": grid(WEST, NORTH, 160) @ rasterio.Affine.rotation(10)},
            "is turned",
        ),
        ({"scale": ((0.05,) * 4 + (1,), (0,) * 5)}, "values are from .*card says -0.1 to 1.5"),
        ({"layers": np.full((5, 9, 9), 0, "uint16")}, "no pixel has a value"),
        ({"layers": np.full((5, 9, 9), 900, "uint16")}, "codes 900 are none of the card's"),
    ],
)
def test_an_image_that_does_not_fit_is_refused_with_what_to_do(changes, told, own):
    folder = own(scene=False)
    arguments = {"layers": counts(), **NAMED, **changes}
    save(folder / "scene_1.tif", **arguments)
    with pytest.raises(CheckFailed, match=told):
        examine(folder, images=["scene_1"])


def test_all_faults_of_an_image_are_told_at_once(own):
    folder = own(scene=False)
    save(folder / "scene_1.tif", counts(2), descriptions=("blue", "green"))
    with pytest.raises(CheckFailed) as told:
        examine(folder)
    text = str(told.value)
    assert "4 problems" in text
    for fault in ("band 1: whole numbers", "band 2: whole", "described as red", "described as nir"):
        assert fault in text


def test_a_damaged_image_and_two_of_one_name_are_refused(own):
    folder = own()
    shutil.copy(folder / "scene_1.tif", folder / "scene_1.tiff")
    with pytest.raises(SsplabError, match=r"scene_1\.tif and scene_1\.tiff.* keep one"):
        examine(folder)
    (folder / "scene_1.tiff").unlink()
    (folder / "scene_1.tif").write_bytes(b"II*\0")
    with pytest.raises(CheckFailed, match=r"scene_1\.tif is no image that can be read"):
        examine(folder)


def test_an_image_is_needed_where_a_chapter_opens_it(own):
    folder = own(scene=False)
    assert examine(folder).rows == {"points": CARD.tables["points"].rows}
    with pytest.raises(CheckFailed, match=r"holds no scene_1\.tif"):
        examine(folder, images=["scene_1"])
    with pytest.raises(CheckFailed, match=r"holds no scene_1\.tif"):
        ssplab.image_path(folder, "scene_1")
    with pytest.raises(SsplabError, match="no image of satellite called 'scene_7'"):
        ssplab.image_path(folder, "scene_7")


def test_images_alone_are_an_extract_for_what_asks_for_no_table(own):
    folder = own()
    (folder / "points.parquet").unlink()
    assert card_of(folder).name == "satellite"
    assert ssplab.load(folder, "boundary").empty
    extract = examine(folder, CARD, ["boundary"], ["scene_1"])
    assert extract.rows == {}
    assert (
        "Tables: none, images alone." in report(v4.new_notebook(), extract, folder).cells[0].source
    )
    for needed in ([None], ["points"]):
        with pytest.raises(CheckFailed, match=r"holds no points\.csv"):
            examine(folder, CARD, needed, ["scene_1"])
    with pytest.raises(CheckFailed, match=r"holds no points\.csv"):
        examine(folder)


def test_images_of_several_projections_are_refused(own):
    folder = own()
    save(
        folder / "scene_2.tif",
        counts(),
        crs="EPSG:32631",
        **NAMED,
    )
    with pytest.raises(CheckFailed, match="scene_1 in EPSG:2154, scene_2 in EPSG:32631"):
        examine(folder)


def test_bands_of_other_pixels_are_refused(own):
    lines = [f"      {name}: {{file: {name}.tif, multiply: 0.0005}}\n" for name in COLOURS]
    folder = own("    bands:\n" + "".join(lines), scene=False)
    for name in COLOURS:
        save(folder / f"{name}.tif", counts(1, 20 if name == "nir" else ACROSS))
    with pytest.raises(CheckFailed, match=r"nir\.tif has other pixels than blue\.tif.*--like"):
        examine(folder)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("    file: ../june.tif\n", "line 4, scene_1, file: it must lie in the folder"),
        ("    file: june.tif\n", "june.tif for scene_1, which is not in"),
        ("    bands:\n      rot: {from: 1}\n", "rot: scene_1 has no such band.*red"),
        ("    bands:\n      red: {codes: {1: 2}}\n", "this band has values, not codes"),
        ("    bands:\n      quality: {multiply: 2}\n", "neither multiplied nor added to"),
        (
            "    bands:\n      quality: {codes: {1: 7}}\n",
            "'7' is none of the card's codes: 1 clear",
        ),
        ("    bands:\n      quality: {codes: {a: 1}}\n", "'a' is no whole number"),
        ("    bands:\n      red: {multiply: 0}\n", "'0' is no factor"),
        ("    bands:\n      red: {add: many}\n", "'many' is not a number"),
        ("    bands:\n      red: {value: 1}\n", "cannot be said here"),
        ("    band:\n      red: {from: 1}\n", "cannot be said here.*bands"),
        ("    bands: red\n", "below it must stand lines such as `red:`"),
        (
            "    bands:\n      red: {from: 9}\n",
            r"scene_1\.tif has no band that is described as red",
        ),
    ],
)
def test_what_a_mapping_says_wrongly_of_images_is_told(mapping, told, own):
    with pytest.raises(SsplabError, match=told):
        examine(own(mapping))


def test_a_mapping_names_images_that_the_card_has(tmp_path, own):
    folder = own()
    (folder / "columns.yml").write_text("data: satellite\nimages:\n  scene1:\n    file: a.tif\n")
    with pytest.raises(SsplabError, match=r"satellite has no such image.*scene_1"):
        examine(folder)
    (folder / "columns.yml").write_text("data: payroll\nimages:\n  scene1:\n    file: a.tif\n")
    with pytest.raises(SsplabError, match=r"payroll has no such image\.$"):
        examine(folder)


# What a chapter asks for, and what a reader is told


def test_images_that_a_notebook_opens_are_found():
    cells = [
        v4.new_code_cell('data = "satellite"', metadata={"tags": ["parameters"]}),
        v4.new_code_cell('a = rasterio.open(image_path("satellite", "scene_1"))'),
        v4.new_code_cell('b = ssplab.image_path(data, image="scene_2")'),
        v4.new_code_cell('c = image_path("others", "x"); d = truth_image_path(data, "classes")'),
    ]
    assert images_opened(v4.new_notebook(cells=cells)) == ["scene_1", "scene_2"]


def test_tables_that_a_notebook_asks_for_are_found():
    cells = [
        v4.new_code_cell('data = "satellite"', metadata={"tags": ["parameters"]}),
        v4.new_code_cell('a = load("satellite", "boundary"); b = load("landsat_pixels")'),
        v4.new_code_cell('c = ssplab.load(data, table="streets"); d = load(data, "boundary")'),
    ]
    assert tables_loaded(v4.new_notebook(cells=cells)) == ["boundary", "streets"]
    cells.append(v4.new_code_cell("e = load(data, seed=3)"))
    assert tables_loaded(v4.new_notebook(cells=cells)) == ["boundary", "streets", None]


def test_the_card_is_shown_with_its_images():
    described = ssplab.describe("satellite")
    for text in (repr(described), described._repr_html_(), template.mapping_text(CARD)):
        flat = " ".join(html.unescape(text).replace("#", "").split())
        for name, image in CARD.images.items():
            assert f"{name}.tif" in flat
            assert f"{image.width} by {image.height} pixels of {image.resolution:g} m" in flat
            for band in image.bands.values():
                assert band.meaning.split(",")[0] in flat
    assert "count × 0.00341802 + 149" in repr(described)


def test_images_ship_in_their_places():
    shipped = {path.relative_to(CARD.folder).as_posix() for path in CARD.folder.rglob("*.tif")}
    assert shipped == {f"{place}.tif" for place in card_images(CARD)}
    assert sum((CARD.folder / name).stat().st_size for name in shipped) < 6e6
