"""Trades, brands, and how French firms are called."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from ssplab.data.twins import names
from ssplab.data.twins.dice import Dice
from ssplab.data.twins.names import NAMES
from ssplab.data.twins.places import COMMUNES, department_of
from ssplab.data.twins.texts import abbreviated, initials, of, unaccented
from ssplab.data.twins.words import Odds, Positive, Text, Texts, Words, pattern, read_words

NafCode = Annotated[str, Field(pattern=r"^\d\d\.\d\d[A-Z]$")]
"""A sub-class of NAF rev. 2."""
LegalCategory = Annotated[str, Field(pattern=r"^\d{4}$")]
"""A legal category of SIRENE."""
Style = Literal["family", "landmark", "saint", "house", "coined", "region", "acronym"]
GIVEN = ("name", "kind", "does", "of_does", "area", "adjective", "town")
"""What a pattern of a company's name may hold, in braces: see `company_names` in `firms.yml`."""


class Trade(Words):
    """What a firm does."""

    code: NafCode
    weight: Annotated[float, Field(ge=0)] = 0.0
    """Among companies, up to the sum of all."""
    size: float = 0.0
    """Typical number of employees, as a logarithm."""
    kinds: Texts
    """How such firms are called: “Boulangerie”."""
    does: Text
    """What they do, as a noun."""
    texts: Texts
    """How people write the activity."""
    jobs: Texts
    """Occupations in it."""


class Brand(Words):
    """A brand under which outlets are known, invented."""

    name: Text
    trade: NafCode
    outlet: Text
    """The kind of its outlets."""
    variants: tuple[Text, ...] = ()
    """What may stand behind its name."""
    franchised: bool = False
    """Whether outlets mostly belong to other firms."""


class Acronym(Words):
    """Names long enough to have an acronym: their first words, and their last."""

    heads: Texts
    tails: tuple[pattern("other_does"), ...]


class CompanyNames(Words):
    """Styles of companies' names with their weights, and patterns by style."""

    styles: dict[Style, Positive]
    family: tuple[pattern(*GIVEN, "other_name"), ...]
    coined: tuple[pattern(*GIVEN, "coined"), ...]
    region: tuple[pattern(*GIVEN), ...]
    acronym: Acronym


class Firms(Words):
    """`firms.yml`."""

    trades: tuple[Trade, ...]
    brands: tuple[Brand, ...]
    agencies: Texts
    """Names of temporary work agencies, invented."""
    legal_forms: dict[str, LegalCategory]
    """Of companies, as names show them."""
    legal_form_odds: Odds
    other_legal_forms: Texts
    """Forms that a name may show, and no company of ours has."""
    professions: tuple[NafCode, ...]
    """Trades whose companies are often SELARL."""
    company_names: CompanyNames

    @model_validator(mode="after")
    def _known_trades(self):
        known = {trade.code for trade in self.trades}
        unknown = {*(brand.trade for brand in self.brands), *self.professions} - known
        if unknown:
            raise ValueError(f"brands or professions name trades that are not there: {unknown}")
        return self


_FIRMS = read_words(Path(__file__).with_name("firms.yml"), Firms)
TRADES = _FIRMS.trades
TRADE = {trade.code: trade for trade in TRADES}
_WEIGHTS = [trade.weight for trade in TRADES]
TRADE_SHARES = np.array(_WEIGHTS) / sum(_WEIGHTS)
BRANDS = _FIRMS.brands
AGENCIES = _FIRMS.agencies
LEGAL_FORMS = _FIRMS.legal_forms
_LEGAL_WORDS = {*LEGAL_FORMS, *_FIRMS.other_legal_forms}
_NOT_WORDS = re.compile(r"[^A-Z0-9]+")


@dataclass(slots=True)
class Company:
    """What a company is called."""

    name: str
    """With accents, without its legal form."""
    form: str = ""
    """Legal form, one of `LEGAL_FORMS`."""
    shown: str = ""
    """Where a register's name has the form: before, after, "" for not at all."""
    acronym: str = ""
    full: str = ""
    """Of a name that is an acronym, what it stands for."""
    usual: str = ""
    """Another name that it is known by."""


def cleaned(text: str) -> str:
    """Return a firm's name in capitals, without accents, punctuation and legal forms."""
    words = _NOT_WORDS.sub(" ", unaccented(text)).split()
    return " ".join(word for word in words if word not in _LEGAL_WORDS)


def compose_company(dice: Dice, trade: Trade, town: int, style: Style | None = None) -> Company:
    """Compose a company's name in one of the ways in which French ones are.

    Parameters
    ----------
    dice : Dice
    trade : Trade
    town : int
        Position in `COMMUNES`.
    style : str, optional
        Drawn by default.
    """
    kind, surname = dice.pick(trade.kinds), dice.pick(NAMES.surnames)
    style = style or dice.weighted(_FIRMS.company_names.styles)
    company = _styled(dice, style, kind, surname, trade, town)
    unabridged = not company.acronym and not company.full
    if unabridged and dice.chance(0.05) and len(company.name.split()) > 2:
        company.acronym = initials(company.name)
    if not company.usual and dice.chance(0.06):
        company.usual = f"{kind} {dice.pick(NAMES.landmarks)}"
    if dice.chance(0.2):
        company.name = " ".join(abbreviated(dice, company.name.split()))
    incorporate(dice, company, trade)
    return company


def _styled(dice: Dice, style: Style, kind: str, surname: str, trade: Trade, town: int) -> Company:
    patterns, department = _FIRMS.company_names, department_of(town)
    given = {
        "name": surname,
        "kind": kind,
        "does": trade.does,
        "of_does": of(trade.does),
        "area": department.area,
        "adjective": department.adjective,
        "town": COMMUNES[town].name,
    }
    if style == "family":
        given["other_name"] = dice.pick(NAMES.surnames)
        return Company(dice.pick(patterns.family).format(**given))
    if style == "landmark":
        return Company(f"{kind} {dice.pick(NAMES.landmarks)}")
    if style == "saint":
        return Company(f"{kind} {dice.pick(NAMES.saints)}")
    if style == "house":
        return Company(f"{kind} {dice.pick(NAMES.houses)}")
    if style == "coined":
        given["coined"] = names.coined(dice)
        if dice.chance(0.35):
            given["coined"] = f"So{surname[:2].lower()}{dice.pick(NAMES.endings)}"
        return Company(dice.pick(patterns.coined).format(**given))
    if style == "region":
        return Company(dice.pick(patterns.region).format(**given))
    head = dice.pick(patterns.acronym.heads)
    other = dice.pick(TRADES).does
    tail = dice.pick(patterns.acronym.tails).format(other_does=other)
    full = f"{head} {department.adjective} {of(trade.does)}{tail}"
    if dice.chance(0.5):
        return Company(initials(full), full=full, usual=full if dice.chance(0.4) else "")
    return Company(full, acronym=initials(full))


def incorporate(dice: Dice, company: Company, trade: Trade) -> None:
    """Give a company its legal form, and draw where its name shows it."""
    if trade.code in _FIRMS.professions and dice.chance(0.5):
        company.form = "SELARL"
    elif trade.code == "68.20B" and dice.chance(0.8):
        company.form = "SCI"
    else:
        company.form = dice.weighted(_FIRMS.legal_form_odds)
    company.shown = dice.weighted({"": 60, "before": 24, "after": 16})
