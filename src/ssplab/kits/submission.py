"""Check a submission, and score it: python kit.py check submission.csv

It needs pandas and the files beside it: `kit.json`, `metric.py` and the folder `data`. The very
same file checks and scores on the organisers' side, whose `data` holds the truth of the test part.
"""

import argparse
import csv
import io
import json
import re
import runpy
import sys
from pathlib import Path

try:
    import pandas as pd
except ImportError:
    sys.exit(
        "This Python has no pandas. In JupyterLab, run it in a cell of the notebook, such as "
        "%run kit.py check submission.csv"
    )

PARTS = ("test", "public")
ONE_PART = "Answer the test part in submission.csv, and the public part in a file of its own."
SHOWN = 10  # problems told of one kind; the others are counted
SCIENTIFIC = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
MARKED = re.compile(
    r"\d[\s,']+\d|\.\d*\.|[^\d\s.+-]\s?\d|\d\s?[%€$]"
)  # a number with more than its digits
SAID_MISSING = {"na", "n/a", "nan", "none", "null", "<na>"}


class Refused(Exception):
    """A submission that cannot be scored; its text says where and what to do, a line each."""


def read_facts(folder):
    """Return what `kit.json` in a kit's folder says."""
    path = Path(folder) / "kit.json"
    if not path.is_file():
        raise Refused(
            f"{path} is not there, so this is no kit's folder. Run the command in the folder that "
            "was unpacked from the kit's zip."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def read_table(folder, name):
    """Return a table of the folder `data`, Parquet or CSV; None if it is not there."""
    path = Path(folder) / "data" / name
    if path.with_suffix(".parquet").is_file():
        return pd.read_parquet(path.with_suffix(".parquet"))
    if path.with_suffix(".csv").is_file():
        texts = dict.fromkeys(read_facts(folder)["texts"], str)
        return pd.read_csv(path.with_suffix(".csv"), dtype=texts)
    return None


def check(path, folder="."):
    """Return which part of the data a submission answers, and its rows.

    Parameters
    ----------
    path : str or Path
        A CSV file: a line a row, separated by commas, in UTF-8.
    folder : str or Path
        The kit's.

    Returns
    -------
    part : {"test", "public"}
    submission : DataFrame
        A row for each row of the part, in the order of its identifiers; numbers are floats, and a
        text that is left blank is missing.

    Raises
    ------
    Refused
        With every problem that was found, each with its line in the file and its remedy.
    """
    facts = read_facts(folder)
    written = _read(Path(path), facts)
    key = facts["key"]
    expected = {part: _keys(folder, part, key) for part in (*PARTS, "train")}
    part = max(PARTS, key=lambda one: written[key].isin(expected[one]).sum())
    problems = _of_keys(written[key], expected, part, key)
    columns = {key: written[key]}
    for name, facts_of_column in facts["columns"].items():
        allowed = _allowed(folder, facts_of_column.get("values"))
        column, found = _of_column(written[name], name, facts_of_column, allowed)
        columns[name] = column
        problems += found
    if problems:
        raise Refused("\n".join(problems))
    return part, pd.DataFrame(columns).sort_values(key, ignore_index=True)


def score(path, folder="."):
    """Return which part a submission answers, and its metrics, the one that ranks first.

    Raises
    ------
    Refused
        As `check`, and if the truth of the part is not in the folder.
    """
    part, submission = check(path, folder)
    facts = read_facts(folder)
    truth = read_table(folder, f"{part}_truth")
    if truth is None:
        raise Refused(
            f"{path} answers the {part} part, and its truth is with the organisers: hand it in. "
            "What you can score here is an answer for the public part, such as public.csv of the "
            "baseline."
        )
    truth = truth.sort_values(facts["key"], ignore_index=True)
    metric = runpy.run_path(str(Path(folder) / "metric.py"))
    return part, {
        name: float(value) for name, value in metric["metrics"](truth, submission).items()
    }


def counted(part, submission):
    """Return in a sentence how many rows of a part have a value in each column."""
    values = ", ".join(
        f"{name} {count:,}" for name, count in submission.iloc[:, 1:].count().items()
    )
    return f"{len(submission):,} rows of the {part} part; given, not blank: {values}."


def told(metrics, decimals):
    """Return metrics as lines to print, the one that ranks first."""
    width = max(len(name) for name in metrics)
    return "\n".join(f"{name:<{width}}  {value:.{decimals}f}" for name, value in metrics.items())


def _read(path, facts):
    columns = [facts["key"], *facts["columns"]]
    header = ",".join(columns)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise Refused(f"{path} {what}. Write your answers to a file, with the columns {header}.")
    rows = _rows(path, header)
    present = rows[0]
    missing = [name for name in columns if name not in present]
    extra = [name for name in present if name not in columns]
    if len(missing) == len(columns):
        raise Refused(f"{path}, line 1 holds no names of columns. It must be: {header}")
    if missing or extra:
        problems = [f"{path}, line 1: the column {name} is missing." for name in missing]
        plain = {_plain(name): name for name in missing}
        problems += [
            f"{path}, line 1: the column {name!r} is not asked for."
            + (f" Is it {plain[_plain(name)]}?" if _plain(name) in plain else "")
            for name in extra
        ]
        if present[0] == "":
            problems.append("The first column has no name, so it is an index: write index=False.")
        elif present[-1] == "":
            problems.append("Each line ends with a comma: leave it out.")
        raise Refused("\n".join([*problems, f"The first line must be: {header}"]))
    if repeated := [name for name in columns if present.count(name) > 1]:
        raise Refused(f"{path}, line 1: the column {repeated[0]} stands there twice.")
    lengths = {number: len(row) for number, row in enumerate(rows, 1) if row}
    odd = [
        f"{path}, line {number}: {length} values instead of {len(present)}. Write each value, and "
        "put a value with a comma between double quotes."
        for number, length in lengths.items()
        if length != len(present)
    ]
    if odd:
        raise Refused("\n".join(_listed(odd, "lines of another length")))
    numbered = {number: row for number, row in enumerate(rows, 1) if row and number > 1}
    written = pd.DataFrame(list(numbered.values()), columns=present, dtype=str)
    written.index = list(numbered)  # the line of each row
    return written.apply(lambda column: column.str.strip())


def _rows(path, header):
    """Return the lines of a CSV file as lists of texts; an empty line is an empty list."""
    content = path.read_bytes()
    if content[:2] == b"PK":
        raise Refused(f"{path} is a spreadsheet. Save it as CSV, or better write it with pandas.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            f"{path}, line {content[: error.start].count(10) + 1}: not in UTF-8. Write it with "
            "pandas: answers.to_csv(path, index=False)."
        ) from error
    if not text.strip():
        raise Refused(f"{path} is empty. Its first line must be: {header}")
    first = text.splitlines()[0]
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in first and "," not in first:
            raise Refused(
                f"{path}, line 1: the columns are separated by {name}. Separate them by commas, "
                "with a point as the decimal mark, as answers.to_csv(path, index=False) does."
            )
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return list(reader)
    except csv.Error as error:
        raise Refused(
            f"{path}, near line {reader.line_num}: {error}. Is a double quote never closed? Write "
            "it with pandas: answers.to_csv(path, index=False)."
        ) from error


def _keys(folder, part, key):
    for name in (part, f"{part}_truth"):
        rows = read_table(folder, name)
        if rows is not None:
            return set(rows[key].astype(str))
    return set()


def _of_keys(keys, expected, part, key):
    """Return the problems of the identifiers, which are labelled by their line."""
    wanted = expected[part]
    problems = _listed(
        [
            f"line {line}: {key} is blank. Give the identifier of the row."
            for line in keys[keys == ""].index
        ],
        f"lines without {key}",
    )
    first = {}
    repeated = []
    for line, value in keys[keys.duplicated(keep=False) & (keys != "")].items():
        if value in first:
            repeated.append(
                f"line {line}: {key} {value} was answered in line {first[value]} already. "
                "Keep one of them."
            )
        else:
            first[value] = line
    problems += _listed(repeated, "repeated lines")
    unknown = keys[~keys.isin(wanted) & (keys != "")]
    others = {one: expected[one] for one in expected if one != part}
    problems += _listed(
        [
            f"line {line}: {key} {value} is not in data/{part}.parquet. "
            + next(
                (
                    f"It is in data/{one}.parquet. {ONE_PART}"
                    for one in others
                    if value in others[one]
                ),
                "Copy the identifiers as they stand there.",
            )
            for line, value in unknown.items()
        ],
        f"unknown values of {key}",
    )
    absent = sorted(wanted - set(keys))
    problems += _listed(
        [
            f"{key} {value} of data/{part}.parquet has no line. Add one, as sample_submission.csv "
            "has it: each row is answered, if only with blanks."
            for value in absent
        ],
        "rows without an answer",
    )
    return problems


def _allowed(folder, values):
    if values is None or isinstance(values, list):
        return values
    table, column = values.split(".")
    return set(read_table(folder, table)[column].dropna().astype(str))


def _of_column(column, name, facts, allowed):
    """Return the column in its type, and its problems; it is labelled by line."""
    blank = column == ""
    problems = []
    if not facts.get("missing", False):
        problems += [
            f"line {line}: {name} is blank. {_wanted(name, facts, allowed)}"
            for line in column[blank].index
        ]
    written = column[~blank]
    if facts["type"] == "string":
        if allowed is not None:
            nearest = {_plain(one): one for one in allowed}
            problems += [
                f"line {line}: {name} {value!r} is not allowed. "
                + _remedy(value, nearest, _wanted(name, facts, allowed))
                for line, value in written[~written.isin(list(allowed))].items()
            ]
        return column.mask(blank), _listed(problems, f"problems of {name}")
    numbers = pd.to_numeric(column.mask(blank), errors="coerce")
    finite = numbers.notna() & (numbers.abs() != float("inf"))
    low, high = facts.get("minimum"), facts.get("maximum")
    wrong = ~blank & ~finite
    if low is not None:
        wrong |= numbers < low
    if high is not None:
        wrong |= numbers > high
    problems += [
        f"line {line}: {name} {value!r} is not allowed. "
        + (
            "Write it with a point as the decimal mark, without blanks, separators or units."
            if MARKED.search(value)
            else _wanted(name, facts, allowed)
        )
        for line, value in column[wrong].items()
    ]
    return numbers.astype(float), _listed(problems, f"problems of {name}")


def _remedy(value, nearest, wanted):
    """Return what to do about a text that is not allowed."""
    if SCIENTIFIC.fullmatch(value):
        return (
            "A spreadsheet has rewritten it: write the file with pandas, and do not save it from a "
            "spreadsheet."
        )
    if value.lower() in SAID_MISSING:
        return "Leave it blank: answers.to_csv(path, index=False) does, where it is missing."
    found = nearest.get(_plain(value.removesuffix(".0")))
    if found is not None:
        return f"Is it {found!r}? Read and write such a column as text, with dtype=str."
    return wanted


def _plain(text):
    """Return a text without case, marks, blanks and leading zeros."""
    return re.sub(r"[^0-9a-z]", "", str(text).lower()).lstrip("0")


def _wanted(name, facts, allowed):
    """Return in a sentence what a column takes."""
    if facts["type"] == "number":
        low, high = facts.get("minimum"), facts.get("maximum")
        bounds = f" from {low} to {high}" if low is not None and high is not None else ""
        percent = ", a percentage divided by 100" if high == 1 else ""
        wanted = f"Give a number{bounds}{percent}"
    elif isinstance(facts.get("values"), str):
        table, column = facts["values"].split(".")
        wanted = f"Give a value of {column} in data/{table}.parquet"
    elif allowed is not None:
        wanted = f"Give one of {', '.join(allowed)}"
    else:
        wanted = "Give a text"
    return f"{wanted}, or leave it blank." if facts.get("missing", False) else f"{wanted}."


def _listed(problems, what):
    if len(problems) <= SHOWN:
        return problems
    return [*problems[:SHOWN], f"… {len(problems):,} {what} in all."]


def main(arguments=None):
    """Run the command line; return its exit code: 0, or 1 if the submission is refused."""
    parser = argparse.ArgumentParser(prog="python kit.py", description="Check or score answers.")
    parser.add_argument("action", choices=["check", "score"])
    parser.add_argument("submission", help="a CSV file, such as submission.csv")
    given = parser.parse_args(arguments)
    folder = Path(__file__).resolve().parent
    try:
        facts = read_facts(folder)
        if given.action == "check":
            part, submission = check(given.submission, folder)
            print(f"{given.submission} is in order: {counted(part, submission)}")
        else:
            part, metrics = score(given.submission, folder)
            print(f"{given.submission}, {part} part:")
            print(told(metrics, facts["metric"]["decimals"]))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
