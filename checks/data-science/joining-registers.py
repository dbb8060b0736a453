"""Checks and hints of the exercise `joining-registers`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Condition, Exercise, WrongAnswer, compare, mistake
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import pandas as pd

DAY = "2017-11-02"
WIDTH = 9
LEGAL_FORMS = "SA|SAS|SASU|SARL|EURL|SNC|SCI|SELARL|SELAS|SCOP|SCP"
NAMES = [
    *["denominationUniteLegale", "denominationUsuelle1UniteLegale", "sigleUniteLegale"],
    *["nomUniteLegale", "enseigne1Etablissement", "denominationUsuelleEtablissement"],
]
ROWS, VALUES = _("rows"), _("values")


# --- the data


@cache
def _forms() -> pd.DataFrame:
    import ssplab

    return ssplab.load("employers").set_index("cabbi")


@cache
def _establishments() -> pd.DataFrame:
    import ssplab

    return ssplab.load("employers", "establishments")


@cache
def _enterprises() -> pd.DataFrame:
    import ssplab

    return ssplab.load("employers", "enterprises")


# --- 1: which SIREN may exist


@cache
def _typed() -> pd.Series:
    typed = _enterprises()["siren"].iloc[:400]
    typed.index = typed.index.set_names("line") + 1
    line = typed.index
    moved = typed.str[:5] + typed.str[7] + typed.str[6] + typed.str[5] + typed.str[8]
    typed = typed.mask(line % 19 == 5, moved)  # the sum stays, the number is another
    typed = typed.mask(line % 7 == 1, typed.str[:8] + (9 - typed.str[8].astype(int)).astype(str))
    typed = typed.mask(line % 11 == 2, typed.str.replace("0", "O"))
    typed = typed.mask(line % 13 == 3, typed.str[:8])
    typed = typed.mask(line % 17 == 4, "0" + typed)
    return typed.mask(line % 3 == 0, typed.str[:3] + " " + typed.str[3:6] + " " + typed.str[6:])


def _luhn(
    numbers: pd.Series, *, parity: int = 0, nine: int = 9, width: int | None = WIDTH
) -> pd.Series:
    """Return whether texts satisfy Luhn's rule, from the right."""

    def holds(number: str) -> bool:
        if not number.isdecimal() or (width and len(number) != width):
            return False
        total = 0
        for place, digit in enumerate(reversed(number)):
            value = int(digit) * (2 if place % 2 != parity else 1)
            total += value - nine if value > 9 else value
        return total % 10 == 0

    return numbers.map(holds).astype(bool)


def _compact() -> pd.Series:
    return _typed().str.replace(" ", "")


def _valid() -> pd.Series:
    return _luhn(_compact())


def _made_nine() -> list[pd.Series]:
    """Return the texts made nine characters long, in the ways that people have."""
    texts = _compact()
    filled = [texts.str.zfill(WIDTH), texts.str.ljust(WIDTH, "0")]
    return [*filled, texts.str[:WIDTH], texts.str[-WIDTH:]]


def _filled_or_cut(answer: pd.Series) -> str | None:
    texts = _compact()
    for nine in _made_nine():
        accepted = _luhn(nine)
        passing = accepted & texts.str.len().ne(WIDTH)
        if passing.any() and answer.reindex(accepted.index).eq(accepted).all():
            line = passing.idxmax()
            return _(
                "Line {line} has {number} digits: filled or cut to nine it is another number than "
                "was typed. Nine digits are asked for first."
            ).format(line=line, number=len(texts[line]))
    return None


VALID = Exercise(
    expects=_("a Series of true and false, labelled by line"),
    answer=_valid,
    conditions=compare.series(
        _valid,
        key="line",
        values="booleans",
        mistakes=[
            mistake(
                "spaces-kept",
                lambda: _luhn(_typed()),
                "Numbers typed with spaces are refused: a space is no error, take it out first.",
            ),
            mistake(
                "other-parity",
                lambda: _luhn(_compact(), parity=1),
                "Every second digit was doubled, but the others: count from the right, and leave "
                "the last digit as it is.",
            ),
            mistake(
                "nothing-taken-off",
                lambda: _luhn(_compact(), nine=0),
                "A doubled digit above nine counts less: take 9 off.",
            ),
            mistake(
                "length-not-checked",
                lambda: _luhn(_compact(), width=None),
                "Numbers that have not nine digits were accepted: the sum alone does not see it.",
            ),
            Condition(
                VALUES,
                _filled_or_cut,
                [
                    WrongAnswer(
                        "filled-to-nine", lambda: _luhn(_made_nine()[0]), "Nine digits are asked"
                    ),
                    WrongAnswer(
                        "cut-to-nine", lambda: _luhn(_made_nine()[-1]), "Nine digits are asked"
                    ),
                ],
            ),
            mistake(
                "looked-up",
                lambda: _compact().isin(_enterprises()["siren"]),
                "A number that is not in this register may still be valid: what was asked is the "
                "rule.",
            ),
            mistake(
                "letter-read-as-zero",
                lambda: _luhn(_compact().str.replace("O", "0")),
                "A letter O was read as a zero. That repairs the number; whether what was typed "
                "may exist was asked.",
            ),
            mistake(
                "format-only",
                lambda: _compact().str.fullmatch("[0-9]{9}").astype(bool),
                "Nine digits is the format only; the sum of Luhn's rule is not looked at.",
            ),
        ],
        advice=_("Work this line out by hand, from the right."),
    ),
    praise=_("Spaces are harmless, letters and lost digits are not."),
    hints=_(
        """
Bring the typed text to its digits first, then apply the rule to nine digits exactly.

`typed.str.replace(" ", "")` takes the spaces out; the chapter's `luhn(numbers, width)` does the
rest, and gives False to what is not `width` digits.
"""
    ),
)


# --- 2: postcodes that came as numbers


def _codes() -> pd.Series:
    return _forms()["cpost_x"].astype(float)


def _postcode() -> pd.Series:
    return _forms()["cpost_x"]


def _as_texts() -> pd.Series:
    return _codes().astype(object).map(lambda code: str(code)).astype(object)


def _whole(code: float, blank: str) -> str:
    return blank if code != code else str(int(code))


def _written(blank: str = "", width: int = 5) -> pd.Series:
    return _codes().map(lambda code: _whole(code, blank).zfill(width)).astype(object)


def _decimals(answer: pd.Series) -> str | None:
    ends = answer.astype("str").str.endswith(".0")
    if not ends.any():
        return None
    return _(
        "{number:,} codes end in .0, such as that of {label}: a missing value made the column one "
        "of decimal numbers. Make whole numbers of them first: the type Int64 may have missing "
        "values."
    ).format(number=ends.sum(), label=ends.idxmax())


def _blanks_filled(answer: pd.Series) -> str | None:
    filled = answer.notna() & _postcode().reindex(answer.index).isna()
    if not filled.any():
        return None
    return _(
        "{number:,} forms without a postcode have a text now, such as {label}. A missing code "
        "stays missing."
    ).format(number=filled.sum(), label=filled.idxmax())


POSTCODE = Exercise(
    expects=_("a Series of texts of five digits, labelled by cabbi, missing where none is given"),
    answer=_postcode,
    conditions=compare.series(
        _postcode,
        key="cabbi",
        values="text",
        mistakes=[
            Condition(
                VALUES,
                _decimals,
                [
                    WrongAnswer("decimal-point", _as_texts, "end in .0"),
                    WrongAnswer(
                        "decimal-point-padded",
                        lambda: _as_texts().str.zfill(5).where(_codes().notna()),
                        "end in .0",
                    ),
                ],
            ),
            Condition(
                VALUES,
                _blanks_filled,
                [
                    WrongAnswer("zeros-for-blank", lambda: _written("0"), "stays missing"),
                    WrongAnswer("text-nan", lambda: _written("nan"), "stays missing"),
                ],
            ),
            mistake(
                "zero-not-restored",
                lambda: _written(width=1).where(_codes().notna()),
                "The zeros in front are still lost: fill the texts up to five digits.",
            ),
            mistake(
                "zero-behind",
                lambda: _postcode().where(
                    ~_postcode().str.startswith("0", na=False), _postcode().str[1:] + "0"
                ),
                "The zero was put behind; it was lost in front.",
            ),
            mistake(
                "zero-before-all",
                lambda: "0" + _written(width=1).where(_codes().notna()),
                "A zero was put before every code; only those of four digits have lost one.",
            ),
        ],
        advice=_("Look at the code of this form before and after."),
        without=("missing", "spelling", "place"),
    ),
    praise=_("The zeros are back, and what was missing is missing still."),
    hints=_(
        """
Two things happened on the way: the zeros in front went, and missing values turned whole numbers
into decimal ones.

`codes.astype("Int64")` makes whole numbers that may be missing, with a capital I;
`astype("string")` makes texts of them, and `.str.zfill(5)` fills up with zeros.
"""
    ),
)


# --- 3: the activity of the job


@cache
def _coded() -> pd.Series:
    import ssplab

    return ssplab.truth("employers").set_index("cabbi")["siret"]


def _activity() -> pd.Series:
    by_siret = _establishments().set_index("siret")["activitePrincipaleEtablissement"]
    return _coded().map(by_siret)


def _of_enterprise() -> pd.Series:
    by_siren = _enterprises().set_index("siren")["activitePrincipaleUniteLegale"]
    return _coded().str[:9].map(by_siren)


def _of_last() -> pd.Series:
    once = _establishments().drop_duplicates("siren", keep="last").set_index("siren")
    return _coded().str[:9].map(once["activitePrincipaleEtablissement"])


def _of_open() -> pd.Series:
    closed = _establishments().set_index("siret")["etatAdministratifEtablissement"].eq("F")
    return _activity().mask(_coded().map(closed).eq(True))


def _unlinked_lost(answer: pd.Series) -> str | None:
    lost = _coded().index.difference(answer.index)
    if lost.empty or _coded()[lost].notna().any():
        return None
    return _(
        "The {number:,} forms without a SIRET are lost: the join kept only what it found. Keep "
        "them, with a missing activity; they belong in the denominator."
    ).format(number=len(lost))


ACTIVITY = Exercise(
    expects=_("a Series of activity codes, labelled by cabbi, one for each form"),
    answer=_activity,
    conditions=compare.series(
        _activity,
        key="cabbi",
        values="text",
        rows=[
            Condition(
                ROWS,
                _unlinked_lost,
                [
                    WrongAnswer("inner-join", lambda: _activity().dropna(), "without a SIRET"),
                ],
            )
        ],
        mistakes=[
            mistake(
                "activity-of-the-enterprise",
                _of_enterprise,
                "This is the activity of the enterprise, which is that of its registered office: "
                "the join was by siren. The job is where the SIRET says.",
            ),
            mistake(
                "last-establishment",
                _of_last,
                "This is the activity of one establishment of the enterprise, whichever came last: "
                "the join was by siren. Join by siret.",
            ),
            mistake(
                "open-only",
                _of_open,
                "Only open establishments were looked up. Some forms are coded to one that has "
                "closed; its activity is asked for too.",
            ),
        ],
        advice=_("Look its SIRET up in `establishments`."),
        without=("place",),
    ),
    praise=_("As many rows as forms, each with the activity of its own establishment."),
    hints=_(
        """
Two keys could join the tables, and only one of them is unique in `establishments`. Which?

`coded.map(…)` looks each value up in a Series whose index is the key, and keeps rows and labels;
`merge` with `how="left"` and `validate="many_to_one"` does too, but its index is new.

`by_siret = establishments.set_index("siret")["activitePrincipaleEtablissement"]`.
"""
    ),
)


# --- 4: open on a day


def _day() -> pd.Timestamp:
    import pandas as pd

    return pd.Timestamp(DAY)


@cache
def _register() -> pd.DataFrame:
    import pandas as pd

    register = _establishments().set_index("siret")
    early = register["dateCreationEtablissement"] <= _day()
    still_open = register.index[early & register["etatAdministratifEtablissement"].eq("A")]
    register.loc[still_open[:20], "dateDebut"] = pd.Timestamp("2017-12-01")
    return register


def _created() -> pd.Series:
    return _register()["dateCreationEtablissement"] <= _day()


def _open_now() -> pd.Series:
    return _register()["etatAdministratifEtablissement"].eq("A")


def _open_then() -> pd.Series:
    return _created() & (_open_now() | (_register()["dateDebut"] > _day()))


OPEN = Exercise(
    expects=_("a Series of true and false, labelled by siret, one for each establishment"),
    answer=_open_then,
    conditions=compare.series(
        _open_then,
        key="siret",
        values="booleans",
        mistakes=[
            mistake(
                "present-state",
                _open_now,
                "This is who is open in the register of 1 January 2018: those who closed in "
                "between are lacking, and those created in between are there.",
            ),
            mistake(
                "closed-since-lost",
                lambda: _created() & _open_now(),
                "Those who closed after the day are lacking: they were open on it.",
            ),
            mistake(
                "closures-ignored",
                _created,
                "Those who had closed before the day are still there.",
            ),
            mistake(
                "created-later",
                lambda: _open_now() | (_register()["dateDebut"] > _day()),
                "Some did not exist yet: look at the day of creation too.",
            ),
            mistake(
                "open-by-last-change",
                lambda: _created() & (_open_now() ^ (_register()["dateDebut"] > _day())),
                "Some that are open today are lacking: the last change of an open unit does not "
                "say that it was closed before.",
            ),
            mistake(
                "day-of-closure-counts",
                lambda: _created() & (_open_now() | (_register()["dateDebut"] >= _day())),
                "Those who closed on that very day are counted as open: `dateDebut` is the first "
                "day on which they were closed.",
            ),
        ],
        advice=_("Put its three dates and states in order on a line."),
    ),
    praise=_("Created by then, and not yet closed."),
    hints=_(
        """
Two conditions must hold: it existed, and it had not closed. The second is met by those open today,
and by some of those closed today.

`created & (open_now | closed_later)`, each a Series of true and false with the same index.

An `F` has been closed since `dateDebut`: it was open on the day if that is `> day`.
"""
    ),
)


# --- 5: a join on name and any of two codes


def _cleaned(names: pd.Series) -> pd.Series:
    plain = names.str.upper().str.replace("Œ", "OE").str.normalize("NFKD")
    plain = plain.str.encode("ascii", "ignore").str.decode("ascii")
    words = plain.str.replace("[^A-Z0-9]+", " ", regex=True)
    words = words.str.replace(rf"\b(?:{LEGAL_FORMS})\b", " ", regex=True)
    words = words.str.split().str.join(" ")
    return words.mask(words == "")


@cache
def _bearers() -> pd.DataFrame:
    units = _establishments().merge(_enterprises(), on="siren", validate="many_to_one")
    about = ["siret", "etatAdministratifEtablissement"]
    codes = ["codePostalEtablissement", "codeCedexEtablissement"]
    named = units.melt([*about, *codes], NAMES, value_name="name").dropna(subset="name")
    return named.assign(name=_cleaned(named["name"])).dropna(subset="name")


@cache
def _asked() -> pd.DataFrame:
    import pandas as pd

    asked = pd.DataFrame({"name": _cleaned(_forms()["rs_x"]), "code": _forms()["cpost_x"]})
    return asked.dropna()


@cache
def _open_bearers() -> pd.DataFrame:
    return _bearers()[_bearers()["etatAdministratifEtablissement"] == "A"]


@cache
def _keys(*, closed: bool = False, cedex: bool = True, post: bool = True) -> pd.DataFrame:
    """Return the rows of the register with a code, once for each of the two that they have."""
    import pandas as pd

    bearers = _bearers() if closed else _open_bearers()
    columns = ["codePostalEtablissement"] * post + ["codeCedexEtablissement"] * cedex
    return pd.concat(
        [
            bearers[["siret", "name", column]].set_axis(["siret", "name", "code"], axis=1)
            for column in columns
        ]
    ).dropna()


@cache
def _hits(*, closed: bool = False, cedex: bool = True, post: bool = True) -> pd.DataFrame:
    """Return what a form may be linked to, one row a form and a row of the register."""
    keys = _keys(closed=closed, cedex=cedex, post=post)
    return _asked().reset_index().merge(keys, on=["name", "code"])


def _linked(
    *, closed: bool = False, cedex: bool = True, post: bool = True, first: bool = False
) -> pd.Series:
    return _single(_hits(closed=closed, cedex=cedex, post=post), first=first)


def _single(hits: pd.DataFrame, *, first: bool = False) -> pd.Series:
    """Return the establishment of each form that fits one only, or the first of each form."""
    by_form = hits.groupby("cabbi")["siret"]
    links = by_form.min()
    return links if first else links[by_form.nunique().eq(1)]


def _rows_counted() -> pd.Series:
    by_form = _hits().groupby("cabbi")["siret"]
    return by_form.first()[by_form.size() == 1]


@cache
def _cedex_first() -> pd.Series:
    """Return the links of a register whose CEDEX code stands in place of the postcode."""
    bearers = _open_bearers()
    code = bearers["codeCedexEtablissement"].fillna(bearers["codePostalEtablissement"])
    keys = bearers[["siret", "name"]].assign(code=code)
    return _single(_asked().reset_index().merge(keys, on=["name", "code"]))


def _names_once() -> pd.Series:
    once = _open_bearers().drop_duplicates("name", keep=False)["name"]
    return _single(_hits()[lambda hits: hits["name"].isin(once)])


def _unlinked_kept() -> pd.Series:
    return _linked().reindex(_asked().index.difference(_hits()["cabbi"]).union(_linked().index))


def _both_codes(answer: pd.Series) -> str | None:
    if len(answer):
        return None
    return _("The Series is empty. No form has both codes: it writes one of them. Either may fit.")


def _without_link(answer: pd.Series) -> str | None:
    if not answer.isna().any():
        return None
    return _("Forms without a link are there with a missing SIRET: drop them.")


def _cedex_over_postcode(answer: pd.Series) -> str | None:
    wrong = _cedex_first()
    if len(answer) != len(wrong) or not answer.reindex(wrong.index).eq(wrong).all():
        return None
    return _(
        "Where an establishment has a CEDEX code its postcode was dropped; others that fit were "
        "not seen."
    )


@cache
def _on_several_rows() -> list[frozenset[str]]:
    """Return the names that stand more than once, in each table that a name may be dropped from."""
    tables = (_bearers(), _open_bearers(), _keys().drop_duplicates())
    counts = [table["name"].value_counts() for table in tables]
    counts += [table.groupby("name")["siret"].nunique() for table in tables]
    return [frozenset(count.index[count > 1]) for count in counts]


def _names_dropped(answer: pd.Series) -> str | None:
    lost = _asked()["name"].reindex(_lost(answer))
    kept = _asked()["name"].reindex(answer.index)
    dropped = (
        lost.isin(names).all() and not kept.isin(names).any() for names in _on_several_rows()
    )
    if lost.empty or not any(dropped):
        return None
    return _(
        "A name that several establishments bear was dropped; one of them may be the only one "
        "under that code. Count after the join, by form."
    )


def _several(answer: pd.Series) -> str | None:
    number = _hits().groupby("cabbi")["siret"].nunique()
    several = number.reindex(answer.index).gt(1)
    if not several.any():
        return None
    return _(
        "{number:,} forms that fit several open establishments have got one of them, such as "
        "{label}. Which, nothing tells: leave them out."
    ).format(number=several.sum(), label=several.idxmax())


def _closed_only(answer: pd.Series) -> str | None:
    closed = ~answer.isin(
        _establishments().loc[lambda t: t["etatAdministratifEtablissement"].eq("A"), "siret"]
    )
    if not closed.any() or not answer.isin(_establishments()["siret"]).all():
        return None
    return _(
        "{number:,} forms are linked to an establishment that is closed, such as {label}: keep "
        "the open ones before you join."
    ).format(number=closed.sum(), label=closed.idxmax())


def _with_cedex(labels: pd.Index) -> pd.Series:
    """Return whether forms were linked by their CEDEX code only."""
    by_cedex = _linked().index.difference(_linked(cedex=False).index)
    return labels.to_series().isin(by_cedex)


def _lost(answer: pd.Series) -> pd.Index:
    return _linked().index.difference(answer.index)


def _postcode_only(answer: pd.Series) -> str | None:
    if not len(_lost(answer)) or _with_cedex(answer.index).any():
        return None
    if not _with_cedex(_lost(answer)).any():
        return None
    return _("Only the postcode was used: people who write a CEDEX code are lost.")


def _cedex_only(answer: pd.Series) -> str | None:
    if not _with_cedex(answer.index).all():
        return None
    return _("Only the CEDEX code was used: most forms have a postcode.")


def _rows_for_establishments(answer: pd.Series) -> str | None:
    lost = _lost(answer)
    rows = _hits().groupby("cabbi").size()
    if lost.empty or not rows[lost].gt(1).all():
        return None
    return _(
        "Rows were counted, not establishments: one whose legal name and sign are the same stands "
        "twice in `bearers`, and {number:,} forms were lost as doubtful, such as {label}."
    ).format(number=len(lost), label=lost[0])


LINKED = Exercise(
    expects=_("a Series of SIRET, labelled by cabbi, one for each form that fits a single one"),
    answer=_linked,
    conditions=compare.series(
        _linked,
        key="cabbi",
        values="text",
        labels=[
            Condition(
                ROWS,
                _both_codes,
                [WrongAnswer("both-codes", lambda: _linked().iloc[:0], "No form has both codes")],
            ),
        ],
        rows=[
            Condition(
                ROWS,
                _without_link,
                [WrongAnswer("unlinked-kept", _unlinked_kept, "Forms without a link are there")],
            ),
            Condition(
                ROWS,
                _cedex_over_postcode,
                [WrongAnswer("cedex-over-postcode", _cedex_first, "its postcode was dropped")],
            ),
            Condition(
                ROWS,
                _names_dropped,
                [WrongAnswer("names-dropped", _names_once, "A name that several establishments")],
            ),
            Condition(
                ROWS,
                _several,
                [
                    WrongAnswer(
                        "first-of-several", lambda: _linked(first=True), "have got one of them"
                    )
                ],
            ),
            Condition(
                ROWS,
                _closed_only,
                [WrongAnswer("closed-kept", lambda: _linked(closed=True), "that is closed")],
            ),
            Condition(
                ROWS,
                _postcode_only,
                [WrongAnswer("postcode-only", lambda: _linked(cedex=False), "Only the postcode")],
            ),
            Condition(
                ROWS,
                _cedex_only,
                [WrongAnswer("cedex-only", lambda: _linked(post=False), "Only the CEDEX code")],
            ),
            Condition(
                ROWS,
                _rows_for_establishments,
                [WrongAnswer("rows-counted", _rows_counted, "Rows were counted")],
            ),
        ],
        advice=_("Look for this form's name and code in `bearers`."),
        without=("missing", "empty"),
    ),
    praise=_("Open, under either code, and one establishment only, however often it is listed."),
    hints=_(
        """
Three things stand between a plain merge and the answer: closed units, two codes, and rows that
say the same twice.

Put the two codes below one another with `pd.concat`, each renamed to `code`, and drop what is
missing. Of siret, name and code keep each combination once: `drop_duplicates()`.

`number = hits.groupby("cabbi")["siret"].nunique()` counts establishments, not rows; keep the forms
whose number is 1.
"""
    ),
)


# --- 6: an open exercise

OWN_JOIN = Exercise(
    expects=_("a table of links, each with the rule that made it"),
    hints=_(
        """
Read thirty unlinked forms first, and count what you see. A rule for what occurs once is not worth
its risk.

A rule is a second pass on the forms that the first left: same functions, other keys. Try it on
one half of the forms, score it on the other.

`half = forms.index.isin(np.random.default_rng(1).permutation(forms.index)[: len(forms) // 2])`.
"""
    ),
)

EXERCISES = {1: VALID, 2: POSTCODE, 3: ACTIVITY, 4: OPEN, 5: LINKED, 6: OWN_JOIN}
