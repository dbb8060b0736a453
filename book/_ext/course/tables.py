"""Tables as statisticians print them, whoever wrote them: pandas, or Markdown.

A caption above, headers that say what they head, numbers aligned on the decimal mark, a thin space
between thousands. Spaces and the digits that align are drawn by the style sheet: the text that a
reader copies, and that a screen reader reads, is the number as it was printed.
"""

import re
from functools import cache

from ssplab.cards import card_names, load_card

NUMBER = re.compile(
    r"(?P<sign>[+−-]?)(?P<whole>\d+|\d{1,3}(?:,\d{3})+)(?P<rest>\.\d+)?(?P<unit> ?%)?"
)
MISSING = {"", "NaN", "NaT", "None", "<NA>", "nan", "c", "–", "—", "…"}
GROUPED_FROM = 5  # digits: a year has four and is not grouped
IDENTIFIER = 10  # digits: longer ones are names, not amounts


def set_table(table):
    """Give a table its caption, headers and numbers.

    Parameters
    ----------
    table : bs4.Tag
        Changed in place.
    """
    if "indextable" in table.get("class", []):
        table["role"] = "presentation"  # Sphinx lays its index out in one
        return
    _scope(table)
    _caption(table)
    _columns(table)


def _scope(table):
    """Say what each header heads; a cell without text heads nothing."""
    for header in table.find_all("th"):
        if header.get_text(strip=True):
            header["scope"] = "col" if header.find_parent("thead") else "row"
        else:
            header.name = "td"


def _caption(table):
    """Make a line in italics above a table its caption; else name it for those who do not see it.

    An output has no such line: it is named by its section and its columns.
    """
    if table.caption is not None:
        return
    container = table.find_parent("div", class_="pst-scrollable-table-container") or table
    above = container.find_previous_sibling()
    caption = _page(table).new_tag("caption")
    alone = [child for child in above.children if str(child).strip()] if above else []
    if above is not None and above.name == "p" and [child.name for child in alone] == ["em"]:
        caption.extend(list(alone[0].contents))
        above.decompose()
    else:
        heading = table.find_previous(re.compile("^h[1-6]$"))
        words = heading.get_text().removesuffix("#").strip() if heading else "Table"
        heads = [h.get_text(" ", strip=True) for h in table.select("thead tr:first-child > *")]
        caption["class"] = "visually-hidden"
        caption.string = f"{words}: {', '.join(filter(None, heads))}"
    table.insert(0, caption)


def _columns(table):
    """Mark the columns of numbers, and set their numbers."""
    heads, rows = _grid(table.select("thead > tr")), _grid(table.select("tbody > tr"))
    for position in sorted({position for row in rows for position in row}):
        cells = [row[position] for row in rows if position in row]
        told = [NUMBER.fullmatch(cell.get_text(strip=True)) for cell in cells]
        texts = {
            cell.get_text(strip=True)
            for cell, number in zip(cells, told, strict=True)
            if not number
        }
        if cells[0].name == "th" or not any(told) or texts - MISSING:
            continue
        head = [row[position] for row in heads if position in row]
        for cell in [*head, *cells]:
            if int(cell.get("colspan", 1)) == 1:
                cell["class"] = [*cell.get("class", []), "number"]
        if not {cell.get_text(strip=True) for cell in head} & _identifiers():
            _align(cells, told)


def _grid(rows):
    """Return the cells of each row by the column in which they begin, spans counted."""
    taken = set()
    grid = []
    for y, row in enumerate(rows):
        x, places = 0, {}
        for cell in row.find_all(["td", "th"], recursive=False):
            while (y, x) in taken:
                x += 1
            places[x] = cell
            wide, high = int(cell.get("colspan", 1)), int(cell.get("rowspan", 1))
            taken |= {(y + down, x + right) for down in range(high) for right in range(wide)}
        grid.append(places)
    return grid


def _align(cells, numbers):
    """Group thousands, and fill decimals up with digits that are not seen."""
    rests = [(number["rest"] or "") + (number["unit"] or "") for number in numbers if number]
    longest = max(map(len, rests))
    pattern = max(rests, key=len)
    for cell, number in zip(cells, numbers, strict=True):
        if number is None:
            continue
        rest = (number["rest"] or "") + (number["unit"] or "")
        if len(rest) < longest and not number["unit"]:
            cell["data-fill"] = pattern[len(rest) :]
        digits = number["whole"].replace(",", "")
        if GROUPED_FROM <= len(digits) < IDENTIFIER and digits[0] != "0":
            _group(cell, number["sign"], digits, rest)


def _group(cell, sign, digits, rest):
    holder = cell.find("p") or cell
    if holder.find(True):
        return  # code or a link
    first = len(digits) % 3 or 3
    holder.clear()
    holder.append(sign + digits[:first])
    for start in range(first, len(digits), 3):
        group = _page(cell).new_tag("span", attrs={"class": "thousand"})
        group.string = digits[start : start + 3]
        holder.append(group)
    holder.append(rest)


@cache
def _identifiers():
    """Return the columns that name a row on some card: their digits are not an amount."""
    cards = map(load_card, card_names())
    return {name for card in cards for table in card.tables.values() for name in table.key}


def _page(tag):
    return list(tag.parents)[-1]
