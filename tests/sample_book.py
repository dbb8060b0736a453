"""A book of sample pages, built once for the tests that look at them."""

import nbformat
import pandas as pd
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat import v4
from PIL import Image
from small_book import small_book

from ssplab.book import data_pages, pictures
from ssplab.course.cards import Card
from ssplab.exercises.engine.shows import Result

PAGES = ["chapter", "gallery", "french", "toy"]


def sample_book(folder):
    """Make in `folder` a course of the sample pages `book/PAGE`, built as ours is.

    `chapter` has what makes a chapter, `gallery` everything that chapters may use, `french` words
    with accents; `toy` is the page of a data set whose rows are full of marks of Markdown.
    """
    small_book(folder)
    book = folder / "book"
    (book / "welcome.md").write_text("# Welcome\n\nText.\n", encoding="utf-8")
    nbformat.write(chapter(), book / "chapter.ipynb")
    nbformat.write(everything(), book / "gallery.ipynb")
    (book / "french.md").write_text(FRENCH, encoding="utf-8")
    (book / "toy.md").write_text(data_pages.data_page(toy(), TOLD), encoding="utf-8")
    Image.new("RGB", (9, 9)).save(book / "toy.png")
    listed = "".join(f"- file: book/{name}\n" for name in PAGES)
    with (folder / "_toc.yml").open("a", encoding="utf-8") as contents:
        contents.write(f"chapters:\n{listed}")


CAPTION = "*Two `bars`. Source: [nobody](https://www.insee.fr); a third is not drawn.*"

# ---- A chapter

CHAPTER = """
# Which answer is right?

**Level** 2 of 3 · **Minutes** 90 · **Data** [these](#numbers), all · **Before** [more](#your-turn)

A first paragraph.

**By the end you can**

- tell one thing;
- tell another.

## Numbers

*Pay by year, euros*

| Year | Pay | Share | Employer |
| --- | ---: | ---: | --- |
| 2019 | 12,345 | 1.5 % | 123456789012 |
| 2020 | 9876 | 12.25 % | 123456789013 |
| 2021 | 1,234,567.5 | 3 % | 123456789014 |

| Word | Meaning |
| --- | --- |
| one | 1 |
| two | a pair |

## Exercise 1 ★★ Do it

Do it.

**Expected**: `it`, a number.

**Caution**: it is heavy.

## What you may conclude, and what you may not

Little.

## In three lines

- One.

## Three questions

Choose an answer.

**1. Which?**

:::{dropdown} This one.
Yes. It is.
:::

:::{dropdown} That one.
No. It is not.
:::

**2. And now?**

:::{dropdown} Nothing.
No. Something.
:::

## Your turn

Go.
"""


def chapter():
    """Return a notebook of what makes a chapter, with a table, a figure and folded code."""
    table = pd.DataFrame(
        {"posts": [12345, 7], "mean": [1.5, float("nan")]},
        index=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")], names=["unit", "kind"]),
    )
    shown = v4.new_output("execute_result", data={"text/html": table.to_html()}, execution_count=1)
    figure = code("draw()", outputs=[figure_output(png())], count=2)
    figure.metadata["mystnb"] = {"image": {"alt": "Two bars"}}
    return notebook(
        markdown(CHAPTER.strip()),
        code("x = 1\n" * 3 + "y = '" + "long " * 40 + "'", outputs=[shown], count=1),
        figure,
        markdown(f"{CAPTION}\n\nThey are alike."),
        code("print(1)  # folded", "hide-input", outputs=[stdout("1\n")], count=3),
    )


# ---- Everything that chapters may use

PROSE = """
# Everything

**Level** 1 · **Minutes** 5

| Code | [Link](#everything) |
|---|---:|
| `a_rather_long_name` | [one](https://www.insee.fr) |

> A quotation.

Term
: Its definition.

- [ ] to do
- [x] done

```{list-table} A caption
:header-rows: 1
* - Name
  - Value
* - one
  - 1
```

```{figure} _static/logo.svg
:alt: The logo of the course

A legend with [a link](#everything).
```

$$
\\frac{a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r}{s} = 1
$$ (sum)

See {eq}`sum`, and press {kbd}`Ctrl`.

````{tab-set}
```{tab-item} R
Text with `code`.
```
```{tab-item} SAS
Text with `code`.
```
````

```{dropdown} More
Text with [a link](#everything).
```

```{card} A card
Text with `code`.
```

```{margin} Aside
A note with `code`.
```

## Exercise 1 ★★ Do it

Do it.

**Expected**: `it`, a number.

**Caution**: it is heavy, says [a link](#everything).

## What you may conclude, and what you may not

- **You may conclude** little: [a link](#everything), `code`.

## In three lines

- A line with `code` and [a link](#everything).

## Two questions

**1. Which?**

:::{dropdown} This one, `a`.
Yes. It is [here](#everything), and `b`.
:::

:::{dropdown} That one.
No. It is [not](#everything), and `b`.
:::

## Your turn

Go [there](#everything), with `code`.

## Code

```r
tally <- function(x) x + 1  # comment
```

```sql
SELECT region, count(*) FROM posts WHERE pay > 1.5 AND kind = 'a' -- comment
```

```bash
make lab PORT=8889  # comment
```
"""
ADMONITION = """
```{{{kind}}}
Text with `code` and [a link](#everything).
```

```{{{kind}}}
:class: dropdown
Text with `code` and [a link](#everything).
```
"""
KINDS = ["note", "tip", "hint", "important", "warning", "attention", "caution", "danger", "seealso"]
PYTHON = '''
@wraps(add)
class Total(list):
    """A sum."""

    share: float = 1.5e3 + 0x1F

    def add(self, *values) -> str:
        for value in values:
            if value is None or not value == True:
                raise ValueError(f"no value: {value!r}\\n")  # comment
        return lambda: len(self) @ values
'''


def everything():
    """Return a notebook of what chapters may use, their tables and errors included."""
    table = pd.DataFrame(
        [range(12)] * 2,
        index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["k", "l"]),
        columns=pd.MultiIndex.from_product([["one", "two"], range(6)]),
    )
    styled = table["one"].style.set_uuid("styled").set_caption("A caption").background_gradient()
    trace = ["\x1b[31mValueError\x1b[39m: \x1b[33mno\x1b[39m \x1b[32m1\x1b[39m \x1b[1;34mx\x1b[0m"]
    refusal = Result("example/1", False, "it has `a`.", ["type"], "index", "Ask for a `hint`.")
    figure = code("draw()", outputs=[figure_output(png())], count=1)
    figure.metadata["mystnb"] = {"image": {"alt": "Two bars"}}
    shown = [
        [v4.new_output("display_data", data={"text/html": text, "text/plain": "table"})]
        for text in [table.to_html(), styled.to_html(), refusal._repr_html_()]
    ]
    shown += [
        [v4.new_output("display_data", data={"text/markdown": "A **number**, `1`."})],
        [stdout("a long line " * 20), v4.new_output("stream", name="stderr", text="a warning\n")],
        [v4.new_output("error", ename="ValueError", evalue="no", traceback=trace)],
    ]
    return notebook(
        markdown(PROSE.strip()),
        *(markdown(ADMONITION.format(kind=kind)) for kind in KINDS),
        *(code(PYTHON.strip(), outputs=outputs, count=1) for outputs in shown),
        *(
            code(PYTHON.strip(), tag, outputs=[stdout("text\n")], count=1)
            for tag in ["hide-input", "hide-output", "hide-cell", "remove-input"]
        ),
        figure,
        markdown(CAPTION),
    )


# ---- Words with accents

FRENCH = """
# Français

## Une Échelle

L'enquête emploi, sa main-d'œuvre et un résumé naïf, en 20231.
"""

# ---- The page of a data set

# Everything that Markdown, or a table in it, would take for its own
ODD = r"1 * 2 *3* _a_ __b__ `c` <d> [e](f) {g}`h` a|b \i $j$ ~~k~~ #l"
TOLD = pictures.Telling("Two bars", "One is longer.", "The first five rows", [[ODD]] * 5)


def toy():
    """Return the card of a table with one column."""
    variable = {"type": "string", "meaning": "One of\na | b"}
    table = {"title": "Toys", "unit": "a toy", "rows": 9, "key": ["toy"]}
    texts = ["title", "summary", "coverage", "reference_period", "weights", "confidentiality"]
    return Card(
        name="toy",
        **dict.fromkeys(texts, "A toy"),
        origin="real",
        main_table="toys",
        tables={"toys": table | {"variables": {"toy": variable}}},
        licence="MIT",
        source="Nowhere",
        builder="build.py",
        content_hash=f"sha256:{'0' * 64}",
    )
