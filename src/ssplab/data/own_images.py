"""Images of an own extract: found, held against the card, and given in its form.

Nothing is guessed: which band is which is told by its description or by the mapping file, what its
counts stand for by the file's scales or by the mapping file.
"""

import atexit
import hashlib
import math
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PureWindowsPath

import numpy as np

from ssplab.course import Band, Card
from ssplab.data.images import COMPRESSION, opened
from ssplab.data.mapping import FILE, BandMapping, ImageMapping, MappingFile
from ssplab.system import CheckFailed, SsplabError, nearest, whole_file

SUFFIXES = (".tif", ".tiff")
ACROSS = 1000  # pixels that are looked at for the range of values, at most
TAIL = 0.5  # per cent at either end, such as glints and saturated pixels
CODES_SHOWN = 8
ROWS = 512  # that are copied at once


@dataclass(frozen=True)
class _Source:
    """Where a band is, and what its counts stand for."""

    file: object
    """As rasterio opened it."""
    number: int
    scale: float
    offset: float


@dataclass(frozen=True)
class OwnImage:
    """An image of an extract that fits its card."""

    name: str
    crs: str
    bounds: tuple[float, float, float, float]
    """West, south, east and north, in metres."""
    absent: tuple[str, ...]
    """Bands that it does not have, and that have a default."""

    def holds(self, east: np.ndarray, north: np.ndarray) -> np.ndarray:
        """Return which places lie in it."""
        west, south, far_east, far_north = self.bounds
        return (east >= west) & (east <= far_east) & (north >= south) & (north <= far_north)


def has_image(folder: Path, name: str, mapping: MappingFile) -> bool:
    """Whether a folder has an image of the card, or its mapping file says where one is."""
    return bool(_own_file(folder, name)) or name in mapping.images


def examine_image(folder: Path, card: Card, name: str, mapping: MappingFile) -> OwnImage:
    """Hold an image of an extract against its card.

    Raises
    ------
    CheckFailed
        With all that does not fit, one line a fault.
    """
    with ExitStack() as files:
        sources, absent = _sources(folder, card, name, mapping, files)
        first = next(iter(sources.values())).file
        return OwnImage(name, first.crs.to_string(), tuple(first.bounds), absent)


def image_in_form(folder: Path, card: Card, name: str, mapping: MappingFile) -> Path:
    """Return where an image of an extract lies with the card's bands: its file, or a copy.

    A copy has values in the units of the card, as floats, and no number where there is no value. It
    lies in a temporary folder that is removed when Python ends.

    Raises
    ------
    CheckFailed
        As `examine_image`.
    """
    with ExitStack() as files:
        sources, absent = _sources(folder, card, name, mapping, files)
        bands = card.images[name].bands
        first = next(iter(sources.values())).file
        if name not in mapping.images and not absent and first.descriptions == tuple(bands):
            return Path(first.name)
        mapped = mapping.images.get(name, ImageMapping())
        # Whoever has a copy open keeps it: another is made where a file or the mapping has changed.
        told = [repr(mapped), *map(_state, sorted({one.file.name for one in sources.values()}))]
        out = _workplace() / f"{name}-{hashlib.sha256(''.join(told).encode()).hexdigest()[:12]}.tif"
        if not out.exists():
            with whole_file(out) as path:
                _copy(sources, bands, mapped, path)
        return out


def _state(path: str) -> str:
    about = Path(path).stat()
    return f"{Path(path).resolve()} {about.st_mtime_ns} {about.st_size}"


@cache
def _workplace() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="ssplab-images-")  # which only the user may enter
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _own_file(folder: Path, name: str) -> Path | None:
    """Return the file that has an image's name, in capitals or not."""
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.stem == name and path.suffix.lower() in SUFFIXES
    ]
    if len(found) > 1:
        both = " and ".join(path.name for path in found)
        raise SsplabError(f"{folder} holds {both}, which are the same image: keep one.")
    return found[0] if found else None


def _sources(
    folder: Path, card: Card, name: str, mapping: MappingFile, files: ExitStack
) -> tuple[dict[str, _Source], tuple[str, ...]]:
    """Return where each band of an image is, and which are absent.

    Raises
    ------
    CheckFailed
        With all that does not fit, one line a fault.
    """
    mapped = mapping.images.get(name, ImageMapping())
    sources: dict[str, _Source] = {}
    absent, faults = [], []
    open_files: dict[Path, object] = {}

    def file_of(path: Path):
        if path not in open_files:
            open_files[path] = files.enter_context(opened(path))
        return open_files[path]

    for band_name, band in card.images[name].bands.items():
        of_band = mapped.bands.get(band_name)
        try:
            path = _path(folder, name, mapped, of_band)
            number = None
            if path is not None:
                number = _number(file_of(path), band_name, of_band or BandMapping())
            if number is None and band.default is not None and of_band is None:
                absent.append(band_name)
            elif path is None:
                raise SsplabError(
                    f"{folder} holds no {name}.tif. Put the image there under this name, or name "
                    f"your files below `images:` in {FILE}."
                )
            elif number is None:
                raise SsplabError(_no_band(file_of(path), path, band_name))
            else:
                sources[band_name] = _scaled(
                    file_of(path), number, band, of_band or BandMapping(), path
                )
        except SsplabError as error:
            told = str(error)
            faults += [told] if told not in faults else []
    faults += _misplaced(open_files)
    if not faults:
        for band_name, source in sources.items():
            of_band = mapped.bands.get(band_name, BandMapping())
            faults += _unlikely(band_name, card.images[name].bands[band_name], of_band, source)
    if not faults and not sources:
        faults.append(f"{name} has no band.")
    if faults:
        raise CheckFailed("\n  ".join(faults))
    return sources, tuple(absent)


def _path(
    folder: Path, name: str, mapped: ImageMapping, of_band: BandMapping | None
) -> Path | None:
    """Return the file in which a band is looked for; None if there is none."""
    said = (of_band and of_band.file) or mapped.file
    if said is None:
        return _own_file(folder, name)
    path = folder.joinpath(*PureWindowsPath(said).parts)  # of either system's separators
    if not path.is_file():
        there = [
            one.name for one in sorted(path.parent.glob("*")) if one.suffix.lower() in SUFFIXES
        ]
        raise SsplabError(
            f"{FILE} names {said} for {name}, which is not in {folder}. {nearest(path.name, there)}"
        )
    return path


def _number(file, name: str, mapped: BandMapping) -> int | None:
    """Return the number of a band in a file, from 1; None if it has no such band."""
    wanted = mapped.source
    if wanted is None and mapped.file is not None and file.count == 1:
        return 1
    if wanted is not None and wanted.isdecimal():
        return int(wanted) if 1 <= int(wanted) <= file.count else None
    descriptions = list(file.descriptions)
    wanted = name if wanted is None else wanted
    return descriptions.index(wanted) + 1 if wanted in descriptions else None


def _no_band(file, path: Path, name: str) -> str:
    told = [f"{number} {text or '?'}" for number, text in enumerate(file.descriptions, start=1)]
    return (
        f"{path.name} has no band that is described as {name}; it has {', '.join(told)}. Say in "
        f"{FILE} which it is: below `images:`, the image and `bands:`, write `{name}:` and below "
        "it `from:` with the number or the description of yours."
    )


def _scaled(file, number: int, band: Band, mapped: BandMapping, path: Path) -> _Source:
    """Return a band with what its counts are multiplied by, and what is added.

    Raises
    ------
    SsplabError
        If nothing says so.
    """
    scale, offset = file.scales[number - 1], file.offsets[number - 1]
    if mapped.multiply or mapped.add:
        return _Source(file, number, float(mapped.multiply or 1), float(mapped.add or 0))
    whole = np.dtype(file.dtypes[number - 1]).kind in "iu"
    if (scale, offset) == (1, 0) and whole and (band.scale, band.offset) != (1, 0):
        raise SsplabError(
            f"{path.name}, band {number}: whole numbers, and nothing says what they stand for. "
            f"Write `multiply:` and `add:` in {FILE}, as the maker of the image gives them."
        )
    return _Source(file, number, scale, offset)


def _misplaced(files: dict[Path, object]) -> Iterator[str]:
    """Yield what is wrong with where images lie, or with how their pixels fit together."""
    first = None
    for path, file in files.items():
        if file.crs is None:
            yield f"{path.name} does not say in which projection it is: write it again with one."
        elif not file.crs.is_projected or not math.isclose(file.crs.linear_units_factor[1], 1):
            yield (
                f"{path.name} is in {file.crs.to_string()}, whose units are not metres. Project it "
                "first, such as `rio warp IN.tif OUT.tif --dst-crs EPSG:2154`."
            )
        elif (file.transform.b, file.transform.d) != (0, 0) or file.transform.e >= 0:
            yield f"{path.name} is turned: its rows must run from north to south. Project it anew."
        elif first is None:
            first = path, file
        elif not _same_grid(first[1], file):
            yield (
                f"{path.name} has other pixels than {first[0].name}: another projection, place or "
                "size. Bring them to one grid first, such as "
                f"`rio warp {path.name} OUT.tif --like {first[0].name}`."
            )


def _same_grid(one, other) -> bool:
    return (
        one.shape == other.shape
        and one.crs == other.crs
        and one.transform.almost_equals(other.transform, precision=one.transform.a / 100)
    )


def _unlikely(name: str, band: Band, mapped: BandMapping, source: _Source) -> Iterator[str]:
    """Yield what values cannot be, or codes that nobody knows."""
    file, where = source.file, f"{Path(source.file.name).name}, band {source.number} ({name})"
    if band.codes:
        found: set[int] = set()
        for window in _windows(file):
            layer = file.read(source.number, window=window, masked=True)
            found |= set(np.unique(_recoded(layer, mapped).compressed()).tolist())
        if unknown := sorted(found - band.codes.keys()):
            shown = ", ".join(f"{code:g}" for code in unknown[:CODES_SHOWN])
            more = ", …" if len(unknown) > CODES_SHOWN else ""
            known = ", ".join(f"{code} {label}" for code, label in band.codes.items())
            yield (
                f"{where}: the codes {shown}{more} are none of the card's, which are {known}. Say "
                f"below `codes:` of {name} in {FILE} what each stands for."
            )
        return
    step = max(1, math.ceil(max(file.shape) / ACROSS))
    small = (max(1, file.height // step), max(1, file.width // step))
    values = file.read(source.number, out_shape=small, masked=True).astype("float64").compressed()
    values = values[np.isfinite(values)] * source.scale + source.offset
    if not values.size:
        yield f"{where}: no pixel has a value."
        return
    low, high = np.percentile(values, [TAIL, 100 - TAIL])
    least = -math.inf if band.minimum is None else band.minimum
    most = math.inf if band.maximum is None else band.maximum
    if low < least or high > most:
        yield (
            f"{where}: nearly all values are from {low:g} to {high:g}, and the card says {least:g} "
            f"to {most:g}{'' if band.unit == '1' else ' ' + band.unit}. Is another `multiply:` or "
            f"`add:` needed in {FILE}?"
        )


def _recoded(layer: np.ma.MaskedArray, mapped: BandMapping) -> np.ma.MaskedArray:
    """Return codes of the card in place of theirs; others stay, and what stands for none goes."""
    recoded = layer.copy()
    for theirs, ours in mapped.codes.items():
        here = (layer.data == int(theirs)) & ~np.ma.getmaskarray(layer)
        recoded[here] = int(ours) if ours else np.ma.masked
    return recoded


def _windows(file) -> Iterator:
    from rasterio.windows import Window

    for row in range(0, file.height, ROWS):
        yield Window(0, row, file.width, min(ROWS, file.height - row))


def _copy(
    sources: dict[str, _Source], bands: dict[str, Band], mapped: ImageMapping, out: Path
) -> None:
    import rasterio

    first = next(iter(sources.values())).file
    with rasterio.open(
        out,
        "w",
        driver="GTiff",
        count=len(bands),
        width=first.width,
        height=first.height,
        dtype="float32",
        nodata=math.nan,
        crs=first.crs,
        transform=first.transform,
        interleave="band",
        **COMPRESSION | {"predictor": 3, "zlevel": 1},  # 3 is that of floats
    ) as file:
        for window in _windows(first):
            for number, (name, band) in enumerate(bands.items(), start=1):
                source = sources.get(name)
                if source is None:
                    layer = np.full((window.height, window.width), band.default, "float32")
                else:
                    read = source.file.read(source.number, window=window, masked=True)
                    if band.codes:
                        read = _recoded(read, mapped.bands.get(name, BandMapping()))
                    values = read.astype("float64") * source.scale + source.offset
                    layer = values.filled(math.nan).astype("float32")
                file.write(layer, number, window=window)
        file.descriptions = tuple(bands)
        file.units = tuple(band.unit for band in bands.values())
