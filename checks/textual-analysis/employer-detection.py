"""Checks and hints of the exercise `employer-detection`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ssplab.exercises import Exercise, compare, mistake
from ssplab.system import _

if TYPE_CHECKING:  # pandas is loaded when an answer is examined, not when `check` is imported
    import numpy as np
    import pandas as pd

DEPARTMENT = "59"
FIRST = (1, 5, 20)
NEAR = 60
ENOUGH = 0.9
AGENCY = "78.20Z"
LEGAL = r"\b(?:SA|SAS|SASU|SARL|EURL|SNC|SCI|SELARL|SELAS|SCOP|SCP)\b"
SMALL = frozenset(["D", "L", "DE", "DU", "DES", "LA", "LE", "LES", "ET", "EN"])
NAMES = [
    *["denominationUniteLegale", "sigleUniteLegale", "nomUniteLegale"],
    *["enseigne1Etablissement", "denominationUsuelleEtablissement"],
]


# --- the data


@cache
def _forms() -> pd.DataFrame:
    import ssplab

    return ssplab.load("employers").set_index("cabbi").sort_index()


@cache
def _units() -> pd.DataFrame:
    import ssplab

    establishments = ssplab.load("employers", "establishments")
    enterprises = ssplab.load("employers", "enterprises")
    units = establishments.merge(enterprises, on="siren", validate="many_to_one")
    return units.set_index("siret").sort_index()


@cache
def _register() -> pd.DataFrame:
    return _units()[_units()["etatAdministratifEtablissement"].eq("A")]


@cache
def _true() -> pd.DataFrame:
    import ssplab

    return ssplab.truth("employers").set_index("cabbi").reindex(_forms().index)


def _clean(texts: pd.Series, *, legal: bool = True) -> pd.Series:
    plain = texts.str.upper().str.replace("Œ", "OE").str.normalize("NFKD")
    plain = plain.str.encode("ascii", "ignore").str.decode("ascii")
    words = plain.str.replace("[^A-Z0-9]+", " ", regex=True)
    if legal:
        words = words.str.replace(LEGAL, "", regex=True)
    words = words.str.split().str.join(" ")
    return words.mask(words == "")


# --- 1: recall of the retriever in another département


@cache
def _north() -> pd.DataFrame:
    return _forms()[_forms()["cpost_x"].str.startswith(DEPARTMENT, na=False)]


@cache
def _found() -> pd.DataFrame:
    """Return the nearest names of each form of the North, the best first."""
    import numpy as np
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer

    of_north = _register()
    of_north = of_north[of_north["codePostalEtablissement"].str.startswith(DEPARTMENT)]
    names = of_north.melt(value_vars=NAMES, value_name="name", ignore_index=False)["name"]
    asked, listed = _clean(_north()["rs_x"]).dropna(), _clean(names).dropna()
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    listed_grams = grams.fit_transform(listed)
    scores = (grams.transform(asked) @ listed_grams.T).toarray().round(4)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :NEAR]
    best = np.take_along_axis(scores, order, axis=1)
    return pd.DataFrame(
        {
            "cabbi": asked.index.repeat(order.shape[1]),
            "siret": listed.index[order.ravel()],
            "score": best.ravel(),
        }
    )


def _counted(
    *,
    once: bool = True,
    exactly: bool = False,
    level: str = "siret",
    of: str = "all",
    start: int = 1,
    resorted: bool = False,
) -> pd.Series:
    """Return the recall in % at 1, 5 and 20, or what is taken for it."""
    import pandas as pd

    pairs = _found().sort_values("score", ascending=False) if resorted else _found()
    if of == "enterprises":
        pairs = pairs.assign(siret=pairs["siret"].str[:9])
    pairs = pairs.drop_duplicates(["cabbi", "siret"]) if once else pairs
    place = pairs.groupby("cabbi").cumcount() + start
    given = pairs["siret"].str[: 14 if level == "siret" else 9]
    hit = given.eq(pairs["cabbi"].map(_true()[level]))
    denominators = {
        "all": len(_north()),
        "named": pairs["cabbi"].nunique(),
        "registered": _true().loc[_north().index, "siret"].notna().sum(),
        "every form": len(_forms()),
        "enterprises": len(_north()),
    }
    shares = {}
    for k in FIRST:
        among = hit & (place == k if exactly else place <= k)
        all_of_it = (place <= k).sum() if of == "pairs" else denominators[of]
        shares[k] = 100 * pairs.loc[among, "cabbi"].nunique() / all_of_it
    return pd.Series(shares).rename_axis("k")


RECALL = Exercise(
    expects=_("a Series of percentages, labelled by k: 1, 5, 20"),
    answer=_counted,
    conditions=compare.series(
        _counted,
        key="k",
        unit=_("per cent"),
        mistakes=[
            mistake(
                "names-counted",
                lambda: _counted(once=False),
                "Names were counted, not establishments: a unit whose sign and legal name both "
                "resemble takes two places. Keep each form and SIRET once.",
            ),
            mistake(
                "exactly-at-k",
                lambda: _counted(exactly=True),
                "This is the share whose right unit stands exactly in place k; among the first k "
                "was asked, so it can only rise with k.",
            ),
            mistake(
                "named-forms-only",
                lambda: _counted(of="named"),
                "Forms without a name were left out of the denominator. They are forms of the "
                "North that the retriever does not find.",
            ),
            mistake(
                "registered-only",
                lambda: _counted(of="registered"),
                "Forms whose employer is not in the register were left out of the denominator: the "
                "share asked for is of all forms of the North.",
            ),
            mistake(
                "all-forms",
                lambda: _counted(of="every form"),
                "The shares are of the forms of all France; only those of the North were asked for "
                "in the question, and searched.",
            ),
            mistake(
                "enterprise",
                lambda: _counted(level="siren"),
                "The enterprise is right in these, not always the establishment: compare all "
                "fourteen digits.",
            ),
            mistake(
                "enterprises-counted",
                lambda: _counted(level="siren", of="enterprises"),
                "The nine digits of the enterprise were counted and compared: an establishment "
                "has fourteen.",
            ),
            mistake(
                "one-too-many",
                lambda: _counted(start=0),
                "One establishment too many is among the first k: cumcount counts from 0, so the "
                "first k are those below k.",
            ),
            mistake(
                "pairs",
                lambda: _counted(of="pairs"),
                "This has pairs of a form and an establishment in the denominator, as the mean "
                "over rows has. The forms of the North belong there.",
            ),
            mistake(
                "sorted-anew",
                lambda: _counted(resorted=True),
                "`found` was sorted anew, and equal scores changed places. It is in order, the "
                "best first: keep that order.",
            ),
        ],
        advice=_("Count by hand the forms whose right SIRET is among the first of them."),
        without=("missing", "sign", "place"),
    ),
    praise=_("Establishments, not names, and every form of the North in the denominator."),
    hints=_(
        """
Two things are counted once: an establishment among the candidates of a form, and a form in the
denominator, whether it has a name or not.

`found.drop_duplicates(["cabbi", "siret"])` keeps the best of each unit's names; `cumcount()` of a
`groupby("cabbi")` then gives each unit its place, from 0.

`is_right = once["siret"].eq(once["cabbi"].map(true["siret"]))`, and the share is
`100 * (is_right & (place <= k)).sum() / len(north)`.
"""
    ),
)


# --- 2: whom a block shuts out


def _reasons(cedex_of: str = "all") -> np.ndarray:
    import numpy as np

    written, units = _forms()["cpost_x"], _units() if cedex_of != "open" else _register()
    cedex = written.isin(units["codeCedexEtablissement"].dropna())
    if cedex_of == "town":
        cedex = _forms()["clt_x"].str.upper().str.contains("CEDEX", na=False)
    if cedex_of == "any of its own":
        cedex = _true()["siret"].map(units["codeCedexEtablissement"]).notna()
    return np.select([written.isna(), cedex], ["no postcode", "CEDEX"], "another postcode")


@cache
def _outside() -> pd.Series:
    return _forms()["cpost_x"].ne(_true()["siret"].map(_units()["codePostalEtablissement"]))


def _shut_out(
    *,
    blanks: bool = True,
    registered: bool = True,
    everybody: bool = False,
    open_only: bool = False,
    unknown_code: bool = False,
    cedex_of: str = "all",
) -> pd.Series:
    import pandas as pd

    why, outside = pd.Series(_reasons(cedex_of), _forms().index), _outside()
    if registered:
        outside = outside & _true()["siret"].notna()
    if not blanks:
        outside = outside & _forms()["cpost_x"].notna()
    if everybody:
        outside = _true()["siret"].notna()
    if open_only:
        outside = outside & _true()["siret"].isin(_register().index)
    if unknown_code:
        known = _register()["codePostalEtablissement"]
        outside = _true()["siret"].notna() & ~_forms()["cpost_x"].isin(known)
    return why[outside]


def _renamed(old: str, new: str) -> pd.Series:
    return _shut_out().replace({old: new})


SHUT_OUT = Exercise(
    expects=_("a Series of texts, labelled by cabbi: the forms that the block shuts out"),
    answer=_shut_out,
    conditions=compare.series(
        _shut_out,
        key="cabbi",
        values="text",
        rows=[
            mistake(
                "blanks-forgotten",
                lambda: _shut_out(blanks=False),
                "The forms without a postcode are lacking: a merge does not find them either, or "
                "they were dropped on the way. They are shut out too.",
            ),
            mistake(
                "not-in-the-register",
                lambda: _shut_out(registered=False),
                "Forms whose employer is not in the register are there: nothing was lost with "
                "them, since no block holds their employer.",
            ),
            mistake(
                "everybody",
                lambda: _shut_out(everybody=True),
                "All forms with an employer are there. Those whose right establishment has the "
                "form's own postcode are found by the block.",
            ),
            mistake(
                "open-only",
                lambda: _shut_out(open_only=True),
                "Forms whose employer has closed are lacking. They too mean an establishment of "
                "the register, whose postcode is in `units`.",
            ),
            mistake(
                "unknown-codes-only",
                lambda: _shut_out(unknown_code=True),
                "Only codes that no establishment has were looked for. A postcode that exists may "
                "still be another than that of the right establishment.",
            ),
        ],
        mistakes=[
            mistake(
                "cedex-not-told",
                lambda: _renamed("CEDEX", "another postcode"),
                "No form has the reason CEDEX: compare with the codes in codeCedexEtablissement.",
            ),
            mistake(
                "cedex-by-the-town",
                lambda: _shut_out(cedex_of="town"),
                "The town does not tell. The reason is CEDEX if the code is the CEDEX code of "
                "*some* establishment, whatever else the form says.",
            ),
            mistake(
                "right-unit-has-one",
                lambda: _shut_out(cedex_of="any of its own"),
                "Not whether the right unit has a CEDEX code: the reason is CEDEX if the *form's*"
                " code is the CEDEX code of *some* establishment.",
            ),
            mistake(
                "cedex-of-open-units",
                lambda: _shut_out(cedex_of="open"),
                "Some CEDEX codes are lacking: closed establishments have CEDEX codes too, and "
                "they are in `units`.",
            ),
            mistake(
                "blanks-are-another",
                lambda: _renamed("no postcode", "another postcode"),
                "A missing postcode is not another postcode: ask for what is missing first.",
            ),
            mistake(
                "blanks-are-cedex",
                lambda: _renamed("no postcode", "CEDEX"),
                "Forms without a postcode got the reason CEDEX: most establishments have no CEDEX "
                "code, and `isin` takes missing for equal to missing. Drop those first.",
            ),
        ],
        advice=_(
            "The reason is CEDEX if the code is the CEDEX code of *some* establishment, open or "
            "closed, not only of the right one."
        ),
        without=("missing", "empty", "place"),
    ),
    praise=_("Blanks, CEDEX codes and other postcodes: nothing of this raised an error."),
    hints=_(
        """
Bring to each form the postcode of its *right* establishment, and compare. A comparison with a
missing value is never true: say which way you want it.

`meant = true["siret"].map(units["codePostalEtablissement"])`; `written.ne(meant)` is true where
either is missing, so forms without a SIRET must go apart.

`np.select([written.isna(), is_cedex], ["no postcode", "CEDEX"], "another postcode")` takes the
first reason that holds; wrap it in a Series with the index of `forms`, then keep the rows.
"""
    ),
)


# --- 3: where a threshold is chosen


@cache
def _ranking() -> tuple[pd.DataFrame, pd.Series]:
    """Return the best unit of each form of the North with its lead, and who chooses."""
    import numpy as np
    import pandas as pd

    once = _found().drop_duplicates(["cabbi", "siret"])
    first = once.drop_duplicates("cabbi").set_index("cabbi")
    second = once[once.duplicated("cabbi")].drop_duplicates("cabbi").set_index("cabbi")["score"]
    ranking = first[["siret"]].assign(lead=(first["score"] - second).round(2))
    ranking["right"] = ranking["siret"].eq(_true()["siret"].reindex(ranking.index))
    own = _forms().index.to_series()
    employer = _true()["siren"].fillna(own).reindex(ranking.index)
    drawn = np.random.default_rng(1517).random(employer.nunique()) < 0.5
    choosing = employer.map(pd.Series(drawn, np.sort(employer.unique()))).astype(bool)
    return ranking, choosing


def _lead(part: pd.DataFrame, how: str = "") -> float:
    """Return the lowest lead at which enough are right, or what is taken for it."""
    import numpy as np

    order = part.sort_values("lead", ascending=False, kind="stable").dropna(subset="lead")
    at = order.groupby("lead", sort=False)["right"].agg(["sum", "size"])
    if how == "rows":  # within a tie too, in the order of the rows
        share = order.set_index("lead")["right"].expanding().mean()
        return float(share.index[share >= ENOUGH].min())
    share = at["sum"] / at["size"] if how == "each" else at["sum"].cumsum() / at["size"].cumsum()
    if how == "margin":
        share = share - np.sqrt(share * (1 - share) / at["size"].cumsum())
    enough = share > ENOUGH if how == "more" else share >= ENOUGH
    if how == "first failure":
        enough = enough.cummin()
    return float(at.index[enough].max() if how == "highest" else at.index[enough].min())


def _result(
    choose: str = "choosing",
    score: str = "others",
    of: str = "all",
    *,
    how: str = "",
    above_only: bool = False,
) -> pd.Series:
    import pandas as pd

    ranking, choosing = _ranking()
    parts = {"choosing": ranking[choosing], "others": ranking[~choosing], "both": ranking}
    lead, scored = _lead(parts[choose], how), parts[score]
    above = scored[scored["lead"] > lead if above_only else scored["lead"] >= lead]
    denominators = {"all": len(scored), "given": len(above), "every": len(ranking)}
    denominator = (denominators | {"north": len(_north())})[of]
    found = {"threshold": lead, "precision": 100 * above["right"].mean()}
    found["share right"] = 100 * above["right"].sum() / denominator
    return pd.Series(found).rename_axis("what")


def _fractions() -> pd.Series:
    return _result() / [1, 100, 100]


def _given() -> pd.Series:
    ranking, choosing = _ranking()
    others, answer = ranking[~choosing], _result()
    answer["share right"] = 100 * (others["lead"] >= answer["threshold"]).mean()
    return answer


def _of_right() -> pd.Series:
    ranking, choosing = _ranking()
    others, answer = ranking[~choosing], _result()
    above = others["lead"] >= answer["threshold"]
    answer["share right"] = 100 * others.loc[above, "right"].sum() / others["right"].sum()
    return answer


THRESHOLD = Exercise(
    expects=_('a Series labelled by what: "threshold", "precision", "share right"'),
    answer=_result,
    conditions=compare.series(
        _result,
        key="what",
        unit=_("per cent"),
        mistakes=[
            mistake(
                "tuned-on-the-scored",
                lambda: _result("others"),
                "The threshold was chosen on the forms that are scored: their precision is then "
                "what was asked for, and no measure. Choose where `choosing` is true.",
            ),
            mistake(
                "tuned-on-all",
                lambda: _result("both"),
                "The threshold was chosen on all forms, those that are scored among them. Choose "
                "where `choosing` is true.",
            ),
            mistake(
                "tuned-and-reported-on-all",
                lambda: _result("both", "both"),
                "All forms chose the threshold, and all are reported. Keep them apart: choose "
                "where `choosing` is true, report where it is false.",
            ),
            mistake(
                "reported-where-chosen",
                lambda: _result(score="choosing"),
                "What is reported is of the forms that chose the threshold: 90 % were made there. "
                "Report the other forms.",
            ),
            mistake(
                "reported-on-all",
                lambda: _result(score="both"),
                "What is reported is of all forms, those that chose the threshold among them. "
                "Report the other forms only.",
            ),
            mistake(
                "share-of-all-forms",
                lambda: _result(of="every"),
                'The denominator of "share right" holds the forms that chose the threshold: the '
                "share is of the other forms.",
            ),
            mistake(
                "share-of-those-given",
                lambda: _result(of="given"),
                '"share right" is the precision again: its denominator is all the other forms, '
                "also those below the threshold.",
            ),
            mistake(
                "share-given",
                _given,
                '"share right" counts all forms at or above the threshold, right or wrong: only '
                "those that are right were asked for.",
            ),
            mistake(
                "share-of-the-right",
                _of_right,
                'The denominator of "share right" is the forms whose best unit is right; all the '
                "other forms were asked for.",
            ),
            mistake(
                "fractions",
                lambda: _fractions(),
                "The threshold is a lead, but precision and share are in %: "
                "multiply these two by 100.",
            ),
            mistake(
                "halves-exchanged",
                lambda: _result("others", "choosing"),
                "The halves are exchanged: choose where `choosing` is true, "
                "report where it is false.",
            ),
            mistake(
                "strictly-above",
                lambda: _result(above_only=True),
                "Forms whose lead equals the threshold were left out: it is asked for what is *at"
                " or above* it.",
            ),
            mistake(
                "more-than",
                lambda: _result(how="more"),
                "Leads at which the share is just 90 % were left out: 90 % *or more* was asked "
                "for, so compare with `>=`.",
            ),
            mistake(
                "row-by-row",
                lambda: _result(how="rows"),
                "Forms with one lead were cut apart, row by row. They stand or fall together: "
                "look at the share after the last of them.",
            ),
            mistake(
                "first-failure",
                lambda: _result(how="first failure"),
                "The search stopped where the share first fell below 90 %. A lower lead may reach"
                " it again: the *lowest* was asked for.",
            ),
            mistake(
                "highest",
                lambda: _result(how="highest"),
                "The highest lead at which enough are right was taken; the *lowest* gives more "
                "forms a SIRET.",
            ),
            mistake(
                "margin",
                lambda: _result(how="margin"),
                "A standard error was taken off, as in the chapter. The question asks for no "
                "margin: 90 % as it is.",
            ),
            mistake(
                "share-of-the-north",
                lambda: _result(of="north"),
                'The denominator of "share right" holds forms without a name and those that '
                "chose: it is all the other forms of `ranking`.",
            ),
            mistake(
                "at-each-lead",
                lambda: _result(how="each"),
                "The share was taken at each lead apart. It is of all forms at or *above* the "
                "lead: cumulate from the highest.",
            ),
        ],
        advice=_(
            "The threshold is chosen where `choosing` is true: the lowest lead, of those that a "
            "form has, at which 90 % or more at or above it are right. Precision and share are "
            "in %, of the forms where it is false."
        ),
        without=("missing", "sign", "place"),
    ),
    praise=_("Chosen on one half, measured on the other."),
    hints=_(
        """
Sort the choosing half from the highest lead down, and follow the share that is right as the
threshold falls. Where several forms have one lead, all of them are in or out.

`half.groupby("lead", sort=False)["right"].agg(["sum", "size"]).cumsum()` counts, at each lead, the
right and all forms at or above it.

The threshold is the *lowest* lead whose share is 0.9 or more, even if a higher one has less.
"""
    ),
)


# --- 4: acronyms


@cache
def _asked() -> pd.DataFrame:
    import pandas as pd

    asked = pd.DataFrame({"name": _clean(_forms()["rs_x"])})
    home = _forms()["depcom_code"].str[:2]
    return asked.assign(department=_forms()["cpost_x"].str[:2].fillna(home)).dropna()


@cache
def _by_initials(
    *,
    small: bool = False,
    fewest: int = 3,
    spaces: bool = False,
    anywhere: bool = False,
    first: bool = False,
    establishments: bool = False,
    counted_with_small: bool = False,
    namesakes: bool = False,
    named: bool = False,
) -> pd.Series:
    """Return the SIREN of forms that match, by the rule or by one that is taken for it."""
    open_units = _register().reset_index()
    legal = open_units[["siren", "siret"]].assign(
        name=_clean(open_units["denominationUniteLegale"]),
        department=open_units["codePostalEtablissement"].str[:2],
    )
    legal = legal.dropna()
    if namesakes:
        legal = legal.drop_duplicates(["name", "department"])
    if named:
        legal["siren"] = legal["name"]
    every = legal["name"].str.split()
    words = every.map(lambda several: [w for w in several if small or w not in SMALL])
    length = (every if counted_with_small else words).str.len()
    legal["key"] = words.map(lambda several: "".join(word[0] for word in several))
    keys = ["key"] if anywhere else ["key", "department"]
    unit = "siret" if establishments else "siren"
    bearers = (
        legal[length >= fewest]
        .groupby(keys)
        .agg(number=(unit, "nunique"), siren=("siren", "first"))
    )
    asked = _asked()
    written = asked["name"] if spaces else asked["name"].str.replace(" ", "")
    hits = asked.assign(key=written).join(bearers, on=keys, how="inner")
    return hits["siren"] if first else hits.loc[hits["number"].eq(1), "siren"]


def _by_truth() -> pd.Series:
    matched = _by_initials()
    return matched[matched.eq(_true()["siren"].reindex(matched.index))]


ACRONYM = Exercise(
    expects=_("a Series of SIREN, labelled by cabbi: the forms that match, and no others"),
    answer=_by_initials,
    conditions=compare.series(
        _by_initials,
        key="cabbi",
        values="text",
        rows=[
            mistake(
                "small-words-kept",
                lambda: _by_initials(small=True),
                "Small words gave a letter too: CENTRE COMMUNAL D'ACTION SOCIALE is CCAS, not "
                "CCDAS. Take those of `small` out first.",
            ),
            mistake(
                "two-words",
                lambda: _by_initials(fewest=2),
                "Names of fewer than three words are matched: one or two letters are hardly an "
                "acronym, and fit too many. Three words or more were asked for.",
            ),
            mistake(
                "small-words-count",
                lambda: _by_initials(counted_with_small=True),
                "Names that have three words only with the small ones are matched: count the words "
                "that are left.",
            ),
            mistake(
                "spaces-kept",
                lambda: _by_initials(spaces=True),
                "Forms that write spaces between the letters are lacking, such as C C A S.",
            ),
            mistake(
                "anywhere",
                lambda: _by_initials(anywhere=True),
                "The département was not asked for: the initials had to be alone in the whole "
                "register, and an enterprise far away was allowed.",
            ),
            mistake(
                "first-of-several",
                lambda: _by_initials(first=True),
                "Forms whose letters fit several enterprises have got one of them. Which, nothing "
                "tells: leave them out.",
            ),
            mistake(
                "establishments-counted",
                lambda: _by_initials(establishments=True),
                "Establishments were counted, not enterprises: one enterprise with several "
                "establishments in the département fits once.",
            ),
            mistake(
                "namesakes-merged",
                lambda: _by_initials(namesakes=True),
                "Enterprises that bear one name were taken for one. Several fit, and which is "
                "meant nothing tells: count SIREN, not names.",
            ),
            mistake(
                "truth-chose",
                _by_truth,
                "The truth chose which matches stay. It may score them, not choose: a real form "
                "brings none.",
            ),
        ],
        mistakes=[
            mistake(
                "names-given",
                lambda: _by_initials(named=True).reindex(_by_initials().index),
                "A SIREN has nine digits; you give names.",
            ),
        ],
        advice=_("Write out the words of the name and their first letters."),
        without=("missing", "empty", "place"),
    ),
    praise=_("Letters of the words that count, in the same département, one enterprise."),
    hints=_(
        """
Make a key on both sides: letters on the side of the register, the name without spaces on that of
the form. Then join by key and département.

`words.map(lambda several: [w for w in several if w not in small])` works on the lists that
`.str.split()` makes, and `.str.len()` counts what is left.

`bearers.groupby(["key", "department"])["siren"].agg(number="nunique", siren="first")`; keep the
hits whose number is 1.
"""
    ),
)


# --- 5: temporary workers


@cache
def _links() -> pd.Series:
    import pandas as pd

    keys = pd.DataFrame({"name": _clean(_forms()["rs_x"]), "place": _forms()["cpost_x"]}).dropna()
    place = ["codePostalEtablissement"]
    bearers = _register().melt(place, NAMES, value_name="name", ignore_index=False)
    bearers["name"] = _clean(bearers["name"])
    bearers = bearers.rename(columns={place[0]: "place"}).dropna()
    fits = bearers.reset_index().groupby(["name", "place"])["siret"].agg(["nunique", "first"])
    alone = fits.loc[fits["nunique"].eq(1), "first"]
    return keys.join(alone, on=["name", "place"], how="inner")["first"].rename("siret")


def _temporary() -> pd.Series:
    return _forms()["empl"].reindex(_links().index).eq("12")


def _activity() -> pd.Series:
    return _links().map(_units()["activitePrincipaleEtablissement"])


def _mended() -> pd.Series:
    return _links().mask(_temporary() & _activity().ne(AGENCY))


def _replaced() -> pd.Series:
    meant = _true()["siret"].reindex(_links().index)
    return _links().mask(_temporary() & _activity().ne(AGENCY), meant)


def _blank_too() -> pd.Series:
    blank = _forms()["empl"].reindex(_links().index).isna()
    return _links().mask((_temporary() | blank) & _activity().ne(AGENCY))


MENDED = Exercise(
    expects=_("a Series of SIRET, labelled by cabbi as links is, with missing values"),
    answer=_mended,
    conditions=compare.series(
        _mended,
        key="cabbi",
        values="text",
        rows=[
            mistake(
                "dropped",
                lambda: _mended().dropna(),
                "The forms whose link was taken away have no row: keep them, with a missing SIRET, "
                "or no clerk will look at them.",
            ),
            mistake(
                "removed-only",
                lambda: _links()[_temporary() & _activity().ne(AGENCY)],
                "Only the links to clients are left. It is the other way round: these go, all "
                "others stay.",
            ),
            mistake(
                "temporary-only",
                lambda: _mended()[_temporary()],
                "Only temporary workers are there: the links of all others stay as they are.",
            ),
        ],
        mistakes=[
            mistake(
                "all-temporary",
                lambda: _links().mask(_temporary()),
                "All links of temporary workers were taken away, those to an agency too. Compare "
                "with the agencies' code as the register writes it, dot and letter. Or was the "
                "activity looked up by the form: look it up by SIRET, `links.map(…)`.",
            ),
            mistake(
                "replaced-by-the-truth",
                _replaced,
                "The truth put another SIRET in its place: a link that is taken away is missing, "
                "so that a clerk looks at the form.",
            ),
            mistake(
                "siren",
                lambda: _mended().str[:9],
                "A SIRET has fourteen digits; you give nine, those of the enterprise.",
            ),
            mistake(
                "turned-round",
                lambda: _links().where(_temporary() & _activity().ne(AGENCY)),
                "Only the links to clients are left: the condition is turned round, as `where` "
                "keeps what meets it and `mask` takes it away.",
            ),
            mistake(
                "agencies-only",
                lambda: _links().where(_activity().eq(AGENCY)),
                "Every link to another establishment than an agency was taken away. Only temporary "
                "workers must have an agency.",
            ),
            mistake(
                "agencies-removed",
                lambda: _links().mask(_temporary() & _activity().eq(AGENCY)),
                "The links of temporary workers to agencies were taken away, and those to clients "
                "stayed: the condition is turned round.",
            ),
            mistake(
                "others-at-agencies",
                lambda: _links().mask(_temporary().ne(_activity().eq(AGENCY))),
                "Links of people who are no temporary workers to an agency were taken away too: "
                "its own staff works there.",
            ),
            mistake(
                "blank-status",
                _blank_too,
                "Links of forms whose status is blank were taken away: blank is not temporary.",
            ),
            mistake(
                "nothing",
                _links,
                "Nothing was taken away. The statuses are texts: compare with "
                "the text that the question gives. The activity is that of the *linked* "
                "establishment, not that of the right one.",
            ),
            mistake(
                "empty-text",
                lambda: _mended().fillna(""),
                "An empty text stands where the link was taken away: make it missing, or a count "
                "of links counts it.",
            ),
        ],
        advice=_("Look at its status, and at the activity of the establishment it is linked to."),
        without=("place",),
    ),
    praise=_("Links to agencies stay, those to clients go, nobody loses a row."),
    hints=_(
        """
Two facts are needed for each link: the status on the form, and the activity of the *linked*
establishment.

`links.map(units["activitePrincipaleEtablissement"])` gives the activity; the status must be brought
to the labels of `links`: `forms["empl"].reindex(links.index)`.

`links.mask(condition)` makes missing what meets the condition, and keeps every row.
"""
    ),
)


# --- 6: an open exercise

OWN_MATCHING = Exercise(
    expects=_("links between two lists of names, and what they are worth"),
    hints=_(
        """
Draw a hundred names at random first and find their match by hand: this is your truth, and it tells
what share can be found at all.

Measure block and retriever before anything else: who is not among the candidates is lost for good.

One idea at a time: the same forms, the same score, with it and without, and the difference with its
interval.
"""
    ),
)

EXERCISES = {
    1: RECALL,
    2: SHUT_OUT,
    3: THRESHOLD,
    4: ACRONYM,
    5: MENDED,
    6: OWN_MATCHING,
}
