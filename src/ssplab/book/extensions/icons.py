"""The theme's icon font, cut to the icons that the style sheets draw."""

import base64
import re
from io import BytesIO
from pathlib import Path

import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont

from ssplab.book.extensions.purge import walk

PRIVATE = re.compile("[\ue000-\uf8ff]")  # where icon fonts have their icons
OWN_NAMES = [0, 13, 14]  # copyright and licence; the licence reserves the font's name to the whole


def embed_icons(rules: list, folder: Path) -> list:
    """Return the rules with fonts as they are needed: used ones only, cut down, within the sheet.

    Parameters
    ----------
    rules : list of tinycss2 nodes
        The kept rules of all sheets.
    folder : Path
        The folder from which the addresses of fonts count.
    """
    faces = [one for one in rules if one.type == "at-rule" and one.lower_at_keyword == "font-face"]
    said = "".join(tinycss2.serialize(one.content or []) for one in walk(rules) if one not in faces)
    said = _plain(said)
    icons = set(PRIVATE.findall(said))
    kept = [rule for rule in rules if rule not in faces]
    for face in faces:
        declared = {
            one.lower_name: one
            for one in tinycss2.parse_blocks_contents(face.content, True, True)
            if one.type == "declaration"
        }
        if _plain(tinycss2.serialize(declared["font-family"].value)) not in said:
            continue
        font = _icon_font(declared["src"].value, folder)
        if font:
            data = cut(font, icons)
            if data is None:
                continue
            address = base64.b64encode(data).decode()
            source = f'src:url("data:font/woff;base64,{address}") format("woff")'
            others = [one.serialize() for name, one in declared.items() if name != "src"]
            face.content = tinycss2.parse_component_value_list(";".join([*others, source]))
        kept.append(face)
    return kept


def _plain(text: str) -> str:
    """Return a family's name, or a text with several, as it is without quotes and escapes."""
    return text.replace("\\", "").strip(" \"'")


def _icon_font(source: list, folder: Path) -> Path | None:
    """Return the file of a `src` if most of its characters are icons; a text font stays whole.

    Only TrueType is looked at: WOFF2 needs a library more to be read.
    """
    for name in (one.value for one in source if one.type == "url"):
        if name.endswith(".ttf") and (folder / name).is_file():
            with TTFont(folder / name) as font:
                characters = "".join(map(chr, font.getBestCmap()))
            if 2 * len(PRIVATE.findall(characters)) > len(characters):
                return folder / name
    return None


def cut(font: Path, icons: set[str]) -> bytes | None:
    """Return a WOFF font with some icons of another, or None if it has none of them."""
    options = subset.Options()
    options.name_IDs = OWN_NAMES
    options.recalc_timestamp = False  # the same bytes at each build
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF"]
    with TTFont(font) as whole:
        if not {ord(icon) for icon in icons} & whole.getBestCmap().keys():
            return None
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(sorted(icons)))
        cutter.subset(whole)
        whole.flavor = "woff"
        data = BytesIO()
        whole.save(data, reorderTables=True)
    return data.getvalue()
