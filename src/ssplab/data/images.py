"""Images of a data set: GeoTIFFs that are written and held against their card.

What of an image is content is the counts of its bands, not the bytes of its file, which depend on
GDAL's version: the hash is of the counts.
"""

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ssplab.course import Image
from ssplab.system import SsplabError

# Counts of neighbours differ little: their differences take half of the room.
COMPRESSION = {"compress": "deflate", "predictor": 2, "zlevel": 9}


def image_hash(counts: np.ndarray, image: Image) -> str:
    """Return `sha256:…` of the names and counts of an image's bands.

    Parameters
    ----------
    counts : ndarray
        Band, row, column; in the type of the card, or one that holds the same numbers.
    image : Image
        What the card says of it.
    """
    digest = hashlib.sha256("\x1f".join([*image.bands, image.dtype]).encode())
    digest.update(f"\x1e{counts.shape}".encode())
    digest.update(np.ascontiguousarray(counts, np.dtype(image.dtype).newbyteorder("<")).tobytes())
    return f"sha256:{digest.hexdigest()}"


def write_image(path: Path, counts: np.ndarray, image: Image) -> None:
    """Write an image as its card describes it, as GeoTIFF.

    Raises
    ------
    ValueError
        If the counts have not the card's number of bands, rows and columns.
    OSError
        If the system refuses: a full disk, a read-only folder.
    """
    import rasterio  # where there are images only: it takes a third of a second

    expected = (len(image.bands), image.height, image.width)
    if counts.shape != expected:
        raise ValueError(f"{path.name} has {counts.shape}, its card says {expected}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            count=len(image.bands),
            width=image.width,
            height=image.height,
            dtype=image.dtype,
            nodata=image.nodata,
            crs=image.crs,
            transform=rasterio.Affine(
                image.resolution, 0, image.west, 0, -image.resolution, image.north
            ),
            interleave="band",
            **COMPRESSION,
        ) as file:
            file.write(counts)
            file.descriptions = tuple(image.bands)
            file.scales = tuple(band.scale for band in image.bands.values())
            file.offsets = tuple(band.offset for band in image.bands.values())
            file.units = tuple(band.unit for band in image.bands.values())
    except rasterio.errors.RasterioIOError as error:
        raise OSError(str(error)) from error


def opened(path: Path):
    """Return an image, opened by rasterio.

    Raises
    ------
    SsplabError
        If it is no image, or a damaged one.
    """
    import rasterio

    try:
        with warnings.catch_warnings():
            # An image that is nowhere on earth is told by who asks for its projection.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            return rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise SsplabError(f"{path.name} is no image that can be read: {error}") from error


def image_faults(path: Path, image: Image) -> Iterator[str]:
    """Yield what in the file of an image is not as its card says, one sentence each."""
    if not path.is_file():
        yield "it is missing. Restore it with git"
        return
    try:
        file = opened(path)
    except SsplabError as error:
        yield str(error)
        return
    bands = image.bands.values()
    with file:
        found = {
            "bands": file.descriptions,
            "type": file.dtypes,
            "columns and rows": (file.width, file.height),
            "projection": file.crs and file.crs.to_string(),
            "north-west corner": (file.transform.c, file.transform.f),
            "size of pixels": (file.transform.a, -file.transform.e),
            "rotation": (file.transform.b, file.transform.d),
            "value of pixels without data": file.nodata,
            "scales": file.scales,
            "offsets": file.offsets,
            "units": file.units,
        }
        counts = file.read()
    stated = {
        "bands": tuple(image.bands),
        "type": (image.dtype,) * len(bands),
        "columns and rows": (image.width, image.height),
        "projection": image.crs,
        "north-west corner": (image.west, image.north),
        "size of pixels": (image.resolution, image.resolution),
        "rotation": (0, 0),
        "value of pixels without data": image.nodata,
        "scales": tuple(band.scale for band in bands),
        "offsets": tuple(band.offset for band in bands),
        "units": tuple(band.unit for band in bands),
    }
    for what, value in found.items():
        if value != stated[what]:
            yield f"{what}: {value}, its card says {stated[what]}"
    for (name, band), layer in zip(image.bands.items(), counts, strict=False):
        if band.codes and (unknown := set(np.unique(layer).tolist()) - band.codes.keys()):
            yield f"{name} has codes that its card does not list: {sorted(unknown)}"
        values = layer[layer != image.nodata] * band.scale + band.offset
        if values.size and band.minimum is not None and values.min() < band.minimum:
            yield f"{name} has values down to {values.min():g}, its card says {band.minimum:g}"
        if values.size and band.maximum is not None and values.max() > band.maximum:
            yield f"{name} has values up to {values.max():g}, its card says {band.maximum:g}"
    if (content := image_hash(counts, image)) != image.content_hash:
        yield f"the content's hash is {content}, its card says {image.content_hash}"
