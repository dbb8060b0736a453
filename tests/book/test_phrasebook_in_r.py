"""The phrasebook: each phrase of R is run where R is installed, and gives what the pandas gives.

R has other forms for the same: keys are a column, not labels of rows; columns stand in another
order; one value is a vector. What counts is that the values are the same, see `agrees`.
"""

import json
import os
import re
import shutil
import subprocess

import pytest
from phrase_files import write_files

from ssplab.book.phrasebook import phrasebook

LIMIT = 600  # seconds for all phrases; an idle machine needs twenty
BOOK = phrasebook()
PHRASES = {phrase.do: phrase for phrase in BOOK.phrases}
NEEDED = ("dplyr", "jsonlite")  # without which no phrase is run

OTHERWISE = {
    "Read a SAS data set": (
        [929, 12505356.29, "character"],
        "what pandas calls `str` is `character` in R",
    ),
    "See the variables and their types": (
        ["chr", "chr", "chr"],
        "what pandas calls `str` is `chr` in R",
    ),
    "Cut into quantile groups": ([1, 2, None, 2, 1, 1], "`ntile` counts from 1"),
    "Add up columns, missing ones left out": (
        [34, 13, 0],
        "a sum of no value is 0 in R, and `rowSums` has no `min_count`",
    ),
    "Join texts": (
        ["A-open", "A-open", "A-fixed", "B-open", "B-NA", "D-fixed"],
        '`paste` writes "NA" where one is missing',
    ),
    "See which rows met": (
        {"a": [True, True, None], "b": [True, None, True], "n": [5, 1, 1]},
        "a mark of each table is counted, since a join of dplyr has no `indicator`",
    ),
    "Take the row of the largest value of each group": (
        [2, 4, 6],
        "`slice_max` keeps the groups in their order, the pandas sorts all rows by pay",
    ),
}
"""What R rightly gives where pandas gives something else, and why."""

WARNED = {
    "Turn texts into numbers": "NAs introduced by coercion",  # `differs` says so
    "Query with SQL": "(no DISPLAY variable so Tk is not available)?",  # where there is no screen
}
"""What R warns of in a phrase that is right, as a regular expression."""

# ---- One process runs all phrases

SCRIPT = r"""
suppressPackageStartupMessages(library(dplyr))
work <- commandArgs(TRUE)[1]
asked <- jsonlite::fromJSON(file.path(work, "asked.json"), simplifyVector = FALSE)
attached <- search()

# A value as JSON can say it: what a table, a matrix or a vector holds, and its names.
plain <- function(value) {
  if (is.data.frame(value)) {
    return(list(table = lapply(value, function(column) plain(unname(column))$values)))
  }
  if (is.matrix(value)) {
    cells <- lapply(seq_len(ncol(value)), function(place) plain(unname(value[, place]))$values)
    return(list(cells = cells, rows = rownames(value), columns = colnames(value)))
  }
  if (inherits(value, c("factor", "Date", "POSIXct"))) {
    value <- structure(as.character(value), names = names(value))
  }
  if (is.list(value) && !is.object(value)) {
    return(list(values = lapply(unname(value), function(one) plain(one)$values)))
  }
  if (!is.atomic(value)) stop("a value of class ", class(value)[1], " has no plain form")
  if (any(is.infinite(value))) value <- as.character(value)  # JSON would make it missing
  told <- list(values = unname(as.vector(value)))
  if (!is.null(names(value))) told$labels <- names(value)
  told
}

answer <- function(one) {
  for (name in one$packages) {
    if (!requireNamespace(name, quietly = TRUE)) return(list(missing = name))
  }
  place <- tempfile("phrase")
  dir.create(place)
  file.copy(list.files(file.path(work, "files"), full.names = TRUE), place)
  setwd(place)
  names <- new.env(parent = globalenv())
  warned <- character()
  told <- tryCatch(
    withCallingHandlers({
      eval(parse(text = one$tables, keep.source = FALSE), names)
      shown <- list()
      printed <- utils::capture.output(
        for (call in parse(text = one$code, keep.source = FALSE)) {
          shown <- c(shown, list(eval(call, names)))
        }
      )
      after <- new.env(parent = names)
      after$printed <- printed
      after$shown <- shown
      after$it <- shown[[length(shown)]]
      plain(if (is.null(one$then)) after$it else eval(parse(text = one$then), after))
    }, warning = function(warning) {
      warned <<- c(warned, conditionMessage(warning))
      invokeRestart("muffleWarning")
    }),
    error = function(error) list(error = conditionMessage(error))
  )
  for (package in setdiff(search(), attached)) {  # what a phrase attaches is for itself
    detach(package, character.only = TRUE)
  }
  c(told, list(warned = warned))
}

told <- lapply(asked, answer)
setwd(work)
json <- jsonlite::toJSON(told, na = "null", null = "null", digits = NA)
writeLines(enc2utf8(json), "told.json", useBytes = TRUE)
"""


def r_table(name, table):
    """Return R that makes one of the tables."""
    columns = ", ".join(f"{column} = {_vector(values)}" for column, values in table.columns.items())
    return f"{name} <- data.frame({columns})"


def _vector(values):
    if any(hasattr(value, "isoformat") for value in values):
        return f"as.Date({_vector([value.isoformat() for value in values])})"
    return f"c({', '.join(map(_literal, values))})"


def _literal(value):
    if value is None:
        return "NA"
    return f"{value}L" if isinstance(value, int) else json.dumps(value)


TABLES = "\n".join(r_table(name, table) for name, table in BOOK.tables.items())


def ending(phrase):
    """Return what is looked at in R: as told, or what the Python looks at, if it is one column."""
    if phrase.r_then is not None:
        return phrase.r_then
    column = re.fullmatch(r'_\["(\w+)"\](\.to_list\(\))?', phrase.then or "")
    return f"it${column[1]}" if column else None


def question(code, then):
    """Return what the process is asked: a phrase, with the packages that it names."""
    packages = re.findall(r"(\w+)::|library\((\w+)\)", f"{code}\n{then}")
    return {
        "tables": TABLES,
        "code": code,
        "then": then,
        "packages": sorted({one or other for one, other in packages}),
    }


SPOILT = {
    "Count the rows": ("nrow", "ncol"),
    "Keep the rows that meet two conditions": ("hours < 30", "hours > 30"),
    "Count the values of a variable, missing ones too": ("contract)", "sex)"),
    "Cross two variables": (',\n  useNA = "ifany"', ""),
    "Compute several statistics by group": ("!is.na(pay)", "is.na(pay)"),
    "Count missing values by variable": ("is.na(posts)", "!is.na(posts)"),
    "Put a value into a text": ("5", "6"),
    "Join on keys with other names": ("inner_join", "left_join"),
    "Fit a linear regression": ("pay ~ hours", "hours ~ pay"),
    "Divide where the divisor may be zero": ("na_if(hours, 0)", "hours"),
}
"""Phrases of each form of result, and what spoils them: they must not be found right."""

ODD = {
    "raises": ('stop("on purpose")', None),
    "is not R": ("nrow(", None),
    "has no plain form": ("sum", None),
    "is of a package that nobody has": ("nosuchpackage::f(posts)", None),
    "attaches a package": ("library(stats4)\nnrow(posts)", None),
    "warns": ('as.numeric("x")', None),
    "counts after these": ("nrow(posts)", None),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What R gives to each phrase, to the spoilt ones and to odd ones."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("No R is here. Install it (`apt-get install r-base-core`) to run its phrases.")
    for package in NEEDED:
        has = [
            rscript,
            "--no-init-file",
            "-e",
            f'quit(status = !requireNamespace("{package}", quietly = TRUE))',
        ]
        if subprocess.run(has, capture_output=True, timeout=LIMIT).returncode:
            pytest.skip(f"R has no {package} here (`apt-get install r-cran-{package}`).")
    work = tmp_path_factory.mktemp("in_r")
    (work / "files").mkdir()
    write_files(BOOK.files, work / "files")
    asked = {do: question(phrase.r, ending(phrase)) for do, phrase in PHRASES.items()}
    for do, (before, after) in SPOILT.items():
        phrase = PHRASES[do]
        spoilt = phrase.r.replace(before, after, 1)
        asked[f"spoilt: {do}"] = question(spoilt, ending(phrase))
    asked |= {f"odd: {do}": question(*odd) for do, odd in ODD.items()}
    (work / "asked.json").write_text(json.dumps(list(asked.values())))
    (work / "run.R").write_text(SCRIPT)
    done = subprocess.run(
        [rscript, "--no-init-file", "run.R", str(work)],
        cwd=work,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=os.environ | {"LANGUAGE": "en"},  # in which it warns
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads((work / "told.json").read_text(encoding="utf-8"))
    return dict(zip(asked, told, strict=True))


def taken(answer):
    """Return an answer without its wrapping; skip where a package is missing, fail on an error."""
    if "missing" in answer:
        [package] = answer["missing"]
        pytest.skip(f"R has no {package} here.")
    assert "error" not in answer, answer["error"]
    return {name: value for name, value in answer.items() if name != "warned"}


# ---- Whether R and pandas say the same


def agrees(found, gives):
    """Return whether what R gives holds the values of `gives`, in a form that R rightly has.

    Parameters
    ----------
    found : dict
        As the script tells it: a `table` by column, the `cells` of a matrix by column, with its
        `rows` and `columns`, or `values`, perhaps with `labels`.
    gives : object
        As the phrasebook writes it.
    """
    if "cells" in found:
        cells = zip(found["columns"], found["cells"], strict=True)
        found = {"table": {"index": found["rows"], **dict(cells)}}
    if "table" in found:
        return _table_agrees(found["table"], gives)
    values = [_single(value) for value in found["values"]]
    if not isinstance(gives, dict):
        return _same(values, gives if isinstance(gives, list) else [gives])
    if "labels" in found:
        return _same(dict(zip(found["labels"], values, strict=True)), gives)
    return _same(values, list(gives.values()))  # of one column R has no labels


def _table_agrees(table, gives):
    if not isinstance(gives, dict):  # one column is looked at: the last, which `mutate` added
        column = list(table.values())[-1]
        return _same(column, gives if isinstance(gives, list) else [gives])
    if not any(isinstance(column, list) for column in gives.values()):  # labels and values
        return len(table) == 2 and _same(dict(zip(*table.values(), strict=True)), gives)
    gives = {_name(name): column for name, column in gives.items()}
    table = {_name(name): column for name, column in table.items()}
    if "index" in gives and "index" not in table:  # R's first column, whatever its name
        first, *others = table
        table = {"index": table[first]} | {name: table[name] for name in others}
    return _same(table, gives)


def _name(name):
    return name if name is None else str(name)


def _single(value):
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _same(found, expected):
    """Return whether two plain values are the same, whole numbers and others taken as one kind."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            _same(found[name], expected[name]) for name in found
        )
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int | float) and isinstance(expected, int | float):
        return found == pytest.approx(expected, rel=1e-8)
    return type(found) is type(expected) and found == expected


TABLE = {"table": {"sex": ["F", "M"], "n": [1, None]}}


@pytest.mark.parametrize(
    ("found", "gives"),
    [
        (TABLE, {"n": [1.0, None], "sex": ["F", "M"]}),
        (TABLE, {"index": ["F", "M"], "n": [1, None]}),
        (TABLE, {"F": 1, "M": None}),
        (TABLE, [1, None]),
        (
            {"cells": [[1, 2]], "rows": ["F", "M"], "columns": ["3"]},
            {"index": ["F", "M"], 3: [1, 2]},
        ),
        ({"values": [1, 2], "labels": ["b", "a"]}, {"a": 2, "b": 1}),
        ({"values": [4]}, 4),
        ({"values": [4, 5]}, {2: 4, 7: 5}),
        ({"values": [[1], ["a"]]}, [1, "a"]),
    ],
)
def test_r_may_say_the_same_in_its_own_form(found, gives):
    assert agrees(found, gives)


@pytest.mark.parametrize(
    ("found", "gives"),
    [
        (TABLE, {"n": [1, 0], "sex": ["F", "M"]}),
        (TABLE, {"n": [1, None]}),
        (TABLE, {"F": None, "M": 1}),
        (TABLE, ["F", "M"]),
        (TABLE, [1]),
        (TABLE, 1),
        (
            {"cells": [[1, 2]], "rows": ["M", "F"], "columns": ["3"]},
            {"index": ["F", "M"], 3: [1, 2]},
        ),
        ({"values": [1, 2], "labels": ["a", "b"]}, {"a": 2, "b": 1}),
        ({"values": [True]}, 1),
        ({"values": ["1"]}, 1),
        ({"values": [1.0001]}, 1),
        ({"values": []}, [None]),
    ],
)
def test_what_is_not_the_same_is_seen(found, gives):
    assert not agrees(found, gives)


in_r = pytest.mark.slow


@in_r
@pytest.mark.parametrize("do", PHRASES)
def test_a_phrase_of_r_gives_what_was_worked_out_by_hand(answers, do):
    found = taken(answers[do])
    gives, _ = OTHERWISE.get(do, (PHRASES[do].gives, None))
    assert agrees(found, gives), f"{found} is not {gives}"
    warned = "\n".join(answers[do]["warned"])
    assert re.fullmatch(WARNED.get(do, ""), warned), warned


@in_r
@pytest.mark.parametrize("do", OTHERWISE)
def test_what_is_told_to_differ_does(answers, do):
    assert not agrees(taken(answers[do]), PHRASES[do].gives)


@in_r
@pytest.mark.parametrize("do", SPOILT)
def test_a_spoilt_phrase_is_found(answers, do):
    found = taken(answers[f"spoilt: {do}"])
    assert not agrees(found, PHRASES[do].gives)


@in_r
def test_a_phrase_that_fails_or_lacks_a_package_is_told_and_stops_no_other(answers):
    told = {do: answers[f"odd: {do}"] for do in ODD}
    assert told["raises"]["error"] == ["on purpose"]
    assert "unexpected end of input" in told["is not R"]["error"][0]
    assert "function has no plain form" in told["has no plain form"]["error"][0]
    assert told["is of a package that nobody has"]["missing"] == ["nosuchpackage"]
    assert told["attaches a package"] == told["counts after these"] == {"values": [6], "warned": []}
    assert "NAs introduced" in told["warns"]["warned"][0]
