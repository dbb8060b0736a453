"""Tables as statisticians print them, whoever wrote them: pandas, or Markdown.

A caption above, headers that say what they head, numbers aligned on the decimal mark, a thin space
between thousands. Spaces and the digits that align are drawn by the style sheet: the text that a
reader copies, and that a screen reader reads, is the number as it was printed.
"""

import re
from functools import cache

from ssplab.course import card_names, load_card

NUMBER = re.compile(
    r"(?P<sign>[+−-]?)(?P<whole>\d+|\d{1,3}(?:,\d{3})+)(?P<decimals>\.\d+)?(?P<unit> ?%)?"
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
    _one_header_row(table)
    _scope(table)
    _caption(table)
    _columns(table)


def _one_header_row(table):
    """Put the names of pandas' index, a row of their own, beside those of the columns."""
    rows = table.select("thead > tr")
    if len(rows) < 2:
        return
    upper, lower = (row.find_all(["td", "th"], recursive=False) for row in rows[-2:])
    pairs = list(zip(upper, lower, strict=False))
    both = [one for one, other in pairs if one.get_text(strip=True) and other.get_text(strip=True)]
    if len(upper) == len(lower) and not both:
        for one, other in pairs:
            if other.get_text(strip=True):
                one.replace_with(other.extract())
        rows[-1].decompose()


def _scope(table):
    """Say what each header heads; a cell without text heads nothing."""
    for header in table.find_all("th"):
        if header.get_text(strip=True):
            header["scope"] = "col" if header.find_parent("thead") else "row"
        else:
            header.name = "td"
            del header["scope"]  # which a table of great_tables says of every cell of its head


def _caption(table):
    """Make a line in italics above a table its caption; else name it for those who do not see it.

    An output has no such line: it is named by its section and its columns.
    """
    if table.caption is not None:
        return
    container = table.find_parent("div", class_="pst-scrollable-table-container") or table
    above = container.find_previous_sibling()
    caption = list(table.parents)[-1].new_tag("caption")
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
    """Group thousands, and fill decimals and units up with what is not seen."""
    decimals = max((number["decimals"] or "" for number in numbers if number), key=len)
    unit = max((number["unit"] or "" for number in numbers if number), key=len)
    for cell, number in zip(cells, numbers, strict=True):
        holder = cell.find("p") or cell
        if number is None or holder.find(True):  # no number, or code or a link
            continue
        first, *groups = _groups(number["whole"].replace(",", ""))
        own = number["decimals"] or "", number["unit"] or ""
        holder.clear()
        holder.append(number["sign"] + first)
        for group in groups:
            holder.append(_span(cell, group, {"class": "thousand"}))
        for text, longest in zip(own, (decimals, unit), strict=True):
            holder.append(text)
            if text != longest:
                holder.append(_span(cell, "", {"class": "fill", "data-fill": longest[len(text) :]}))


def _groups(digits):
    """Return a number's digits in thousands; whole if it is a year, or no amount."""
    if not GROUPED_FROM <= len(digits) < IDENTIFIER or digits[0] == "0":
        return [digits]
    first = len(digits) % 3 or 3
    return [digits[:first], *(digits[start : start + 3] for start in range(first, len(digits), 3))]


def _span(cell, text, attributes):
    span = list(cell.parents)[-1].new_tag("span", attrs=attributes)
    span.string = text
    return span


@cache
def _identifiers():
    """Return the columns that name rows on some card: their digits are not an amount."""
    cards = map(load_card, card_names())
    return {name for card in cards for table in card.tables.values() for name in table.identifiers}
