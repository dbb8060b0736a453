"""The first scene in natural colours, with the boundary of the city."""

import numpy as np
import rasterio
import shapely
from matplotlib.figure import Figure

from ssplab.book import Picture
from ssplab.data import image_path

BRIGHTEST = 0.30  # reflectance that is drawn white
GAMMA = 0.6  # as screens show dark surfaces
KM = 1000


def draw(card, tables):
    """Draw red, green and blue of the first scene as a map, in kilometres from its corner."""
    with rasterio.open(image_path(card.name, "scene_1")) as file:
        bands = [file.descriptions.index(name) + 1 for name in ("red", "green", "blue")]
        counts = file.read(bands).transpose(1, 2, 0)
        number = bands[0] - 1
        reflectance = counts * file.scales[number] + file.offsets[number]
        west, south, east, north = file.bounds
    colours = np.clip(reflectance / BRIGHTEST, 0, 1) ** GAMMA
    boundary = shapely.from_wkt(tables["boundary"]["geometry"].iloc[0])
    x, y = np.array(boundary.exterior.coords).T

    fig = Figure(figsize=(5.4, 5.2))
    ax = fig.subplots()
    ax.imshow(colours, extent=[0, (east - west) / KM, 0, (north - south) / KM])
    ax.plot((x - west) / KM, (y - south) / KM, color="white", linewidth=1.5)
    ax.grid(False)
    ax.set(
        xlabel="kilometres to the east",
        ylabel="kilometres to the north",
        title="A city, its fields, and clouds in between",
    )
    enclosed = boundary.area / KM**2
    return Picture(
        fig,
        "Image of the invented city from above, in natural colours. In the middle lies the city, "
        "grey and brown with specks of green, inside a white line that is its boundary; a river "
        "crosses it. Around it are fields in greens and browns, and woods. White clouds "
        "hide some places, and their shadows lie to the north-west of them.",
        f"Scene 1 in natural colours; the white line is the boundary, around {enclosed:.1f} "
        "square kilometres. Clouds hide places, and their shadows others.",
    )
