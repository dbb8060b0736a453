"""The synthetic twin of the census's employer question: forms to be matched with SIRENE, 2018.

A register of invented enterprises and establishments is composed the way French names and
addresses are; census forms are then written by people who work there, with the habits and slips of
people who fill in a paper form. The model, its sources and its limits are told on the card.

Text is composed with accents, as people know it; the register holds it in capitals without them.
"""

import datetime
import itertools
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.dice import Dice
from ssplab.data.twins.firms import (
    AGENCIES,
    BRANDS,
    LEGAL_FORMS,
    TRADE,
    TRADE_SHARES,
    TRADES,
    Brand,
    Company,
    LegalCategory,
    NafCode,
    Style,
    Trade,
    cleaned,
    compose_company,
    incorporate,
)
from ssplab.data.twins.names import NAMES, coined
from ssplab.data.twins.places import (
    COMMUNE_SHARES,
    COMMUNES,
    DEPARTMENTS,
    NEIGHBOURS,
    STREET_WORDS,
    STREETS,
    ZONES,
    Commune,
    Street,
    department_of,
    name_and_rank,
)
from ssplab.data.twins.texts import (
    abbreviated,
    by_ear,
    initials,
    misspelt,
    of,
    respaced,
    slipped,
    unaccented,
    without_accents,
)
from ssplab.data.twins.words import Text, Texts, Words, load_words, pattern

# A block is a whole register with its forms: within it nothing but content links the two.
ENTERPRISES = 15_000
ESTABLISHMENTS = 20_000
FORMS = 5_000
PLAN = BlockPlan("employers", at_scale_1=1, most=100, streams=4)  # SIREN stay in the range below
n_blocks = PLAN.count

# What marks the identifiers is the NIC: no enterprise but the post office comes near 9001.
FIRST_NIC = 9001
FIRST_SIREN = 98_000_000  # without its check digit
FORM_IDS = 9_000_000
# Multipliers prime to the sizes of the ranges: neighbours in a range come from any block.
SIREN_STEP = 854_101
FORM_STEP = 5_562_307

CENSUS = datetime.date(2018, 1, 1)

# Legal categories of SIRENE
SOLE_TRADER, ASSOCIATION, TOWN, HOSPITAL = "1000", "9220", "7210", "7364"
DEPARTMENT, SCHOOL, STATE_OFFICE = "7220", "7331", "7172"
HEALTH_INSURANCE, SYNDICATE, WORKS_COUNCIL = "8110", "7353", "8311"

NOT_YET = 300  # enterprises that the register does not know yet
SCHOOLS, SYNDICATES, FRANCHISEES, ASSOCIATION_COUNT = 200, 60, 520, 850
SOLE_TRADERS, GROUPS, TAKEN_OVER = 3900, 900, 500
MOVED, CHAIN_OUTLETS, ASSOCIATED = 480, 2400, 1900
CLOSED_SHARE, CLOSED_LATE = 0.11, 0.10

# Forms a block whose employer the register does not hold, and those whose employer closed lately
NOT_FOUND = {"cross_border": 90, "private_household": 110, "too_new": 90, "not_registered": 110}
CLOSED_FORMS = 60
MISLEADING = {"client_named", "head_office_address", "former_name", "former_address"}
_BOX_ODDS = {
    "right": 775,
    "name_in_address_box": 50,
    "address_in_name_box": 50,
    "activity_for_name": 60,
    "vague_name": 35,
    "blank": 30,
}
_FORM_COLUMNS = [
    *["cabbi", "depcom_code", "empl", "rs_x", "numvoi_x", "typevoi_x", "nomvoi_x", "cpladr_x"],
    *["cpost_x", "clt_x", "plt_x", "actet_x", "profs_x", "profi_x"],
]
_FREE_TEXT = ["rs_x", "typevoi_x", "nomvoi_x", "cpladr_x", "clt_x", "actet_x", "profs_x", "profi_x"]
NAME_COLUMNS = [
    *["denominationUniteLegale", "denominationUsuelle1UniteLegale", "sigleUniteLegale"],
    *["nomUniteLegale", "enseigne1Etablissement", "denominationUsuelleEtablissement"],
]
PATTERNS = (  # the truth has a column each; the card says what they are
    *("misspelling", "phonetic", "accents", "legal_form_changed", "acronym", "expansion"),
    *("brand_for_name", "brand_type_place", "words_swapped", "words_split_or_joined"),
    *("words_dropped", "truncated", "abbreviation", "name_in_address_box"),
    *("address_in_name_box", "residence_commune", "neighbouring_postcode", "cedex"),
    *("address_misspelt", "activity_for_name", "occupation_in_wrong_box", "vague_name"),
    *("blank_fields", "ambiguous_establishment"),
)
NAME_PATTERNS = {
    *("misspelling", "phonetic", "legal_form_changed", "acronym", "expansion", "brand_for_name"),
    *("brand_type_place", "words_swapped", "words_split_or_joined", "words_dropped", "truncated"),
    "abbreviation",
}


# Share of the people who write with care; fitted once, by `datasets/employers/calibrate.py`.
CAREFUL = 0.63
CAREFUL_IF_HARDER = 0.3


class Owners(Words):
    """Names of companies that own a firm's walls, or its shares."""

    of_walls: tuple[pattern("name", "surname", "does"), ...]
    of_shares: tuple[pattern("name", "surname"), ...]


class Agencies(Words):
    """Temporary work agencies: their workers are the traps."""

    names: tuple[pattern("name"), ...]
    outlet: Text
    variants: Texts
    trade: Trade


class SchoolName(Words):
    """A kind of secondary school: its long name, and what people call it."""

    long: Text
    short: Text


class Schools(Words):
    """Secondary schools."""

    names: tuple[SchoolName, ...]
    everyday: tuple[pattern("short", "name"), ...]
    trade: Trade


class Syndicates(Words):
    """Syndicates of towns, and what for."""

    subjects: Texts
    trade: Trade


class Outlet(Words):
    """Places where a public body works beside its seat."""

    sign: pattern("house", "patron")
    trade: Text
    """One of `public_trades`, or the code of a trade that firms have."""
    size: float
    number: tuple[int, int] = (1, 1)
    """From, to."""


class PublicBody(Words):
    """A public body with its long name, what people call it, and where it works."""

    name: pattern("town", "of_town", "of_department")
    category: LegalCategory
    trade: Text
    """As of an outlet."""
    size: float
    """Typical number of employees, as a logarithm."""
    size_in_first_town: float | None = None
    """Of the département; as elsewhere by default."""
    acronym: str = ""
    everyday: tuple[pattern("town", "of_town", "of_department"), ...]
    outlets: tuple[Outlet, ...]


BodyKind = Literal[
    *("town", "social", "hospital", "university_hospital"),
    *("university", "department", "taxes", "insurance"),
]


class Hosted(Words):
    """What lives beside a large employer, under its name, without employees."""

    bodies: dict[Literal["school", "town", "hospital", "other"], Texts]
    works_councils: Texts
    """Those of the bodies that are."""
    trade: Trade


class HouseholdWork(Words):
    """What people do who work for a household."""

    activity: Text
    job: Text


class EmployersWords(Words):
    """`datasets/employers/words.yml`."""

    at_clients: tuple[NafCode, ...]
    """Trades whose employees work at clients'."""
    chains: tuple[pattern("name", "does", "of_does", "area", "adjective"), ...]
    owners: Owners
    agencies: Agencies
    associations: Annotated[tuple[Trade, ...], Field(min_length=1)]
    schools: Schools
    syndicates: Syndicates
    university_towns: Texts
    public_trades: dict[str, Trade]
    public_bodies: dict[BodyKind, PublicBody]
    hosted: Hosted
    vague: Texts
    """What people write who name no employer."""
    households: Texts
    """What people write who work for one."""
    household_work: tuple[HouseholdWork, ...]
    own_account: Texts
    """What people write who work on their own account."""
    abroad: Texts
    """What firms abroad are called by."""

    @model_validator(mode="after")
    def _known_trades(self):
        bodies = self.public_bodies.values()
        named = {body.trade for body in bodies}
        named |= {outlet.trade for body in bodies for outlet in body.outlets}
        unknown = named - set(self.public_trades) - set(TRADE)
        if unknown:
            raise ValueError(f"public bodies name trades that are not there: {sorted(unknown)}")
        return self


WORDS = load_words("employers", EmployersWords)
AGENCY_CODE = WORDS.agencies.trade.code
_SURNAMES = frozenset(NAMES.surnames)
NO_STREET = Street("", "")
_ZONE_STREETS = [street for street in STREETS if street.kind in ZONES]
_BANDS = ("NN", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42")
_BAND_STARTS = (0, 1, 3, 6, 10, 20, 50, 100, 200, 250, 500, 1000)
_LAST_CHANGE = datetime.date(2008, 1, 1).toordinal()  # all units changed to NAF rev. 2 then
_ESTABLISHMENT_COLUMNS = [
    *["siret", "siren", "nic", "dateCreationEtablissement", "trancheEffectifsEtablissement"],
    *["etablissementSiege", "numeroVoieEtablissement", "typeVoieEtablissement"],
    *["libelleVoieEtablissement", "codePostalEtablissement", "libelleCommuneEtablissement"],
    *["codeCommuneEtablissement", "codeCedexEtablissement", "libelleCedexEtablissement"],
    *["dateDebut", "etatAdministratifEtablissement", "enseigne1Etablissement"],
    *["denominationUsuelleEtablissement", "activitePrincipaleEtablissement"],
    *["caractereEmployeurEtablissement"],
]
_ENTERPRISE_COLUMNS = [
    *["siren", "denominationUniteLegale", "denominationUsuelle1UniteLegale", "sigleUniteLegale"],
    *["nomUniteLegale", "prenomUsuelUniteLegale", "categorieJuridiqueUniteLegale"],
    *["activitePrincipaleUniteLegale", "nicSiegeUniteLegale", "trancheEffectifsUniteLegale"],
    *["caractereEmployeurUniteLegale", "etatAdministratifUniteLegale"],
    *["dateCreationUniteLegale"],
]


class _Writer(Dice):
    """Choices of somebody who fills in a form."""

    def __init__(self, rng: np.random.Generator, careful: float) -> None:
        super().__init__(rng)
        self.careful = careful  # share of the people who write with care


@dataclass(slots=True)
class _Enterprise:
    name: str  # with accents, without its legal form
    category: str
    trade: Trade
    commune: int
    form: str = ""
    shown: str = ""  # where the register's name has the form: before, after, not at all
    surname: str = ""  # of a sole trader
    acronym: str = ""
    full: str = ""  # of a name that is an acronym
    usual: str = ""
    everyday: tuple[str, ...] = ()
    brand: Brand | None = None
    chain: bool = False  # it owns many outlets itself
    follows: int = -1  # the enterprise that it took over
    beside: int = -1  # the enterprise whose address it shares
    size: float = 0.0
    opened: int = 0
    closed: int = 0
    outlets: list[tuple[str, Trade, float]] = field(default_factory=list)  # of a public body


@dataclass(slots=True)
class _Establishment:
    firm: int
    commune: int
    trade: Trade
    heads: int
    opened: int
    postcode: str = ""
    number: str = ""
    street: Street = NO_STREET
    sign: str = ""
    usual: str = ""
    brand: str = ""  # what people call an outlet of a chain, on its sign or not
    cedex: str = ""
    closed: int = 0
    seat: bool = True
    former: int = -1  # the closed establishment that this one continues


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each a register of its own with its forms.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one. All blocks
    cover the same towns and the same national brands, so that each makes the others harder; town
    halls and other bodies of which there is one a town stand in the first block. Identifiers do
    not tell the block, the order of the rows does.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 20,000 establishments and 5,000 forms, 10 ten times as many; less than 1 gives 1.
    harder : bool, default False
        Whether most people write carelessly: a setting beyond the one that is calibrated.

    Yields
    ------
    Block
        Tables `forms`, `establishments`, `enterprises`; truth `forms`.
    """
    for number, streams in PLAN.draw(seed, scale):
        yield _block(number, streams, harder)


def _block(number: int, streams: list[np.random.Generator], harder: bool) -> Block:
    firms, withheld = _enterprises(streams[0], number)
    places, kept_apart = _establishments(streams[1], firms, withheld)
    siren, siret = _identifiers(streams[2], number, firms, places)
    careful = CAREFUL_IF_HARDER if harder else CAREFUL
    forms, truth = _forms(streams[3], careful, firms, places, withheld, kept_apart)
    cabbi = FORM_IDS // 9 + (
        (number * FORMS + streams[2].permutation(FORMS)) * FORM_STEP % FORM_IDS
    )
    forms["cabbi"] = truth["cabbi"] = np.char.add("B", cabbi.astype(str))
    home = truth.pop("place").to_numpy()
    truth["siret"] = [siret[i] if i >= 0 else None for i in home]
    truth["siren"] = [siret[i][:9] if i >= 0 else None for i in home]
    return Block(
        {
            "forms": forms.sort_values("cabbi"),
            "establishments": _establishment_table(places, siret),
            "enterprises": _enterprise_table(firms, places, siren, siret),
        },
        {"forms": truth.sort_values("cabbi")},
    )


def _check_digits(digits: np.ndarray) -> np.ndarray:
    """Return the digit that, put behind each row of digits, satisfies Luhn's rule."""
    doubled = digits.copy()
    doubled[:, ::-2] *= 2
    return -np.where(doubled > 9, doubled - 9, doubled).sum(axis=1) % 10


def _with_check(numbers: np.ndarray, width: int) -> np.ndarray:
    digits = numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10
    return numbers * 10 + _check_digits(digits)


def _identifiers(
    rng: np.random.Generator, block: int, firms: list[_Enterprise], places: list[_Establishment]
) -> tuple[list[str], list[str]]:
    """Return the SIREN of each enterprise and the SIRET of each establishment."""
    index = block * ENTERPRISES + rng.permutation(len(firms))
    size = PLAN.most * ENTERPRISES
    siren = _with_check(FIRST_SIREN + index * SIREN_STEP % size, 8)
    home = np.array([place.firm for place in places])
    rank = pd.Series(home).groupby(home).cumcount().to_numpy()
    siret = _with_check(siren[home] * 10_000 + FIRST_NIC + rank, 13)
    return siren.astype(str).tolist(), siret.astype(str).tolist()


def _enterprises(
    rng: np.random.Generator, block: int
) -> tuple[list[_Enterprise], list[_Enterprise]]:
    """Compose most enterprises of a block, and some that the register does not know yet."""
    dice = Dice(rng)
    n = ENTERPRISES + NOT_YET
    trades = rng.choice(len(TRADES), n, p=TRADE_SHARES).tolist()
    towns = rng.choice(len(COMMUNES), n, p=COMMUNE_SHARES).tolist()

    firms = [_public_body(*body) for body in _unique_bodies(dice)] if block == 0 else []
    firms += [_school(dice, towns.pop()) for _ in range(SCHOOLS)]
    firms += [_syndicate(dice, towns.pop()) for _ in range(SYNDICATES)]
    for brand in BRANDS:
        firms += [_chain(dice, brand, towns.pop()) for _ in range(1 if brand.franchised else 2)]
    firms += [_agency(dice, name, towns.pop()) for name in AGENCIES]
    franchised = [brand for brand in BRANDS if brand.franchised]
    firms += [_franchisee(dice, dice.pick(franchised), towns.pop()) for _ in range(FRANCHISEES)]
    firms += [_association(dice, towns.pop()) for _ in range(ASSOCIATION_COUNT)]
    for _ in range(SOLE_TRADERS):
        firms.append(_sole_trader(dice, TRADES[trades.pop()], towns.pop()))
    for _ in range(GROUPS):  # a firm, and the company by which its owners hold it or its walls
        firm = _company(dice, TRADES[trades.pop()], towns.pop(), dice.pick(["family", None]))
        firm.size += 1.1
        firms += [firm, _owner(dice, firm)]
        firms[-1].beside = len(firms) - 2
    for _ in range(TAKEN_OVER):
        trade, town = TRADES[trades.pop()], towns.pop()
        before, after = _company(dice, trade, town), _company(dice, trade, town)
        if dice.chance(0.5):  # the same firm in another legal form is another enterprise
            after.name, after.usual, after.acronym = before.name, before.usual, before.acronym
            after.full = before.full
        after.size += 0.8
        firms += [before, after]
        after.follows = len(firms) - 2
    while len(firms) < ENTERPRISES - ASSOCIATED:
        firms.append(_company(dice, TRADES[trades.pop()], towns.pop()))
    for firm in firms:
        firm.opened = dice.day(1955, 1999) if dice.chance(0.25) else dice.day(2000, 2016)
        if firm.follows >= 0:
            firm.opened = dice.day(2014, 2017)
            before = firms[firm.follows]
            before.opened, before.closed = firm.opened - 500 - dice.below(9000), firm.opened
        elif firm.closed == 0 and dice.chance(CLOSED_SHARE) and not (firm.brand or firm.outlets):
            late = dice.chance(CLOSED_LATE)
            first = CENSUS.toordinal() - 92 if late else firm.opened + 200
            firm.closed = first + dice.below(CENSUS.toordinal() - first)
    withheld = [_company(dice, TRADES[trades.pop()], towns.pop()) for _ in range(NOT_YET)]
    return firms, withheld


def _enterprise(company: Company, trade: Trade, town: int, **more) -> _Enterprise:
    """Return an enterprise that is a company, `more` being its other attributes."""
    category = LEGAL_FORMS[company.form]
    called = {
        name: getattr(company, name) for name in ("form", "shown", "acronym", "full", "usual")
    }
    return _Enterprise(
        company.name, category, trade, town, **{"size": trade.size, **called, **more}
    )


def _company(dice: Dice, trade: Trade, town: int, style: Style | None = None) -> _Enterprise:
    return _enterprise(compose_company(dice, trade, town, style), trade, town)


def _incorporated(dice: Dice, name: str, trade: Trade, town: int, **more) -> _Enterprise:
    """Return an enterprise that is a company of a name that is given."""
    company = Company(name)
    incorporate(dice, company, trade)
    return _enterprise(company, trade, town, **more)


def _owner(dice: Dice, firm: _Enterprise) -> _Enterprise:
    """Compose the company that owns a firm or its walls, under the same name or nearly."""
    surname = next((word for word in firm.name.split() if word in _SURNAMES), firm.name)
    given = {"surname": surname, "name": firm.name, "does": firm.trade.does}
    if dice.chance(0.6):
        name = dice.pick(WORDS.owners.of_walls).format(**given)
        company = Company(name, form="SCI", shown="before")
        return _enterprise(company, TRADE["68.20B"], firm.commune, size=-3)
    name = dice.pick(WORDS.owners.of_shares).format(**given)
    return _incorporated(dice, name, TRADE["70.10Z"], firm.commune, size=-1)


def _sole_trader(dice: Dice, trade: Trade, town: int) -> _Enterprise:
    surname = dice.pick(NAMES.surnames)
    kind = dice.pick(trade.kinds)
    usual = ""
    if dice.chance(0.2):
        by_landmark = f"{kind} {dice.pick(NAMES.landmarks)}"
        usual = dice.pick([f"{kind} {surname}", by_landmark])
    return _Enterprise(
        name=surname,
        category=SOLE_TRADER,
        trade=trade,
        commune=town,
        surname=surname,
        usual=usual,
        everyday=(f"{kind} {surname}", f"{surname} {kind}"),
        size=trade.size - 1.3,
    )


def _franchisee(dice: Dice, brand: Brand, town: int) -> _Enterprise:
    style = dice.pick(["coined", "coined", "family", "region"])
    firm = _company(dice, TRADE[brand.trade], town, style)
    firm.brand = brand
    return firm


def _chain(dice: Dice, brand: Brand, town: int) -> _Enterprise:
    department, trade = department_of(town), TRADE[brand.trade]
    name = dice.pick(WORDS.chains).format(
        name=brand.name,
        does=trade.does,
        of_does=of(trade.does),
        area=department.area,
        adjective=department.adjective,
    )
    return _incorporated(dice, name, trade, town, brand=brand, chain=True)


def _agency(dice: Dice, name: str, town: int) -> _Enterprise:
    words = WORDS.agencies
    brand = Brand(name=name, trade=AGENCY_CODE, outlet=words.outlet, variants=words.variants)
    legal = dice.pick(words.names).format(name=name)
    return _incorporated(dice, legal, words.trade, town, brand=brand, chain=True)


def _association(dice: Dice, town: int) -> _Enterprise:
    trade = dice.pick(WORDS.associations)
    places = [of(COMMUNES[town].name), department_of(town).of]
    where = dice.pick([*places, dice.pick(NAMES.houses), dice.pick(NAMES.landmarks)])
    name = f"{trade.does} {dice.pick(trade.kinds)} {where}"
    firm = _Enterprise(name, ASSOCIATION, trade, town, size=trade.size)
    if dice.chance(0.45):
        firm.acronym = initials(name)
    if dice.chance(0.08):
        firm.name, firm.full = initials(name), name
    return firm


def _school(dice: Dice, town: int) -> _Enterprise:
    words = WORDS.schools
    kind = dice.pick(words.names)
    where = dice.pick([*NAMES.landmarks, *NAMES.houses, *NAMES.saints[:3]])
    trade = words.trade.model_copy(update={"kinds": (kind.short,)})
    everyday = tuple(pattern.format(short=kind.short, name=where) for pattern in words.everyday)
    name = f"{kind.long} {where}"
    return _Enterprise(name, SCHOOL, trade, town, everyday=everyday, size=trade.size)


def _syndicate(dice: Dice, town: int) -> _Enterprise:
    words = WORDS.syndicates
    subject = dice.pick(words.subjects)
    towns = of(dice.pick([department_of(town).area, "la Vallée"]))
    name = f"Syndicat Intercommunal {subject} {towns}"
    size = words.trade.size
    return _Enterprise(name, SYNDICATE, words.trade, town, acronym=initials(name), size=size)


def _unique_bodies(dice: Dice) -> Iterator[tuple[BodyKind, Dice, int, str]]:
    """Yield the public bodies of which there is one a town or one a département."""
    seen = set()
    for town, commune in enumerate(COMMUNES):
        name, _ = name_and_rank(commune.name)
        if name in seen:
            continue
        seen.add(name)
        university = name in WORDS.university_towns
        yield "town", dice, town, name
        if dice.chance(0.6):
            yield "social", dice, town, name
        if university:
            yield "university", dice, town, name
            yield "university_hospital", dice, town, name
        elif dice.chance(0.3):
            yield "hospital", dice, town, name
    for towns in NEIGHBOURS:
        name, _ = name_and_rank(COMMUNES[towns[0]].name)
        for kind in ("department", "taxes", "insurance"):
            yield kind, dice, towns[0], name


def _public_body(kind: BodyKind, dice: Dice, town: int, name: str) -> _Enterprise:
    """Compose a public body of a town, or of the département whose first town it is."""
    body = WORDS.public_bodies[kind]
    given = {"town": name, "of_town": of(name), "of_department": department_of(town).of}
    first = town == NEIGHBOURS[COMMUNES[town].department][0]
    size = body.size_in_first_town if first and body.size_in_first_town else body.size
    firm = _Enterprise(
        name=body.name.format(**given),
        category=body.category,
        trade=_public_trade(body.trade),
        commune=town,
        acronym=body.acronym,
        everyday=tuple(pattern.format(**given) for pattern in body.everyday),
        size=size,
    )
    for outlet in body.outlets:
        trade = _public_trade(outlet.trade)
        low, high = outlet.number
        for _ in range(low + dice.below(high - low + 1) if high > low else low):
            sign = outlet.sign
            if "{house}" in sign:
                sign = sign.format(house=dice.pick(NAMES.houses))
            elif "{patron}" in sign:
                sign = sign.format(patron=dice.pick([*NAMES.saints, *NAMES.landmarks]))
            firm.outlets.append((sign, trade, outlet.size))
    return firm


def _public_trade(name: str) -> Trade:
    return WORDS.public_trades[name] if name in WORDS.public_trades else TRADE[name]


def _establishments(
    rng: np.random.Generator, firms: list[_Enterprise], withheld: list[_Enterprise]
) -> tuple[list[_Establishment], list[_Establishment]]:
    """Place the enterprises of a block and add those that live beside them.

    The withheld ones have an establishment each, apart.
    """
    dice = Dice(rng)
    chains = [i for i, firm in enumerate(firms) if firm.chain]
    follows = {firm.follows for firm in firms}
    ordinary = [
        i
        for i, firm in enumerate(firms)
        if not (firm.chain or firm.outlets or firm.closed or firm.follows >= 0 or i in follows)
        and firm.category not in (SOLE_TRADER, LEGAL_FORMS["SCI"])
    ]
    # Whole numbers, and below: exp differs between processors
    weights = np.rint(1000 * np.exp(0.5 * rng.standard_normal(len(chains))))
    outlets = rng.multinomial(CHAIN_OUTLETS, weights / weights.sum())
    moved = set(rng.choice(ordinary, MOVED, replace=False).tolist())
    public = sum(len(firm.outlets) for firm in firms)
    others = ESTABLISHMENTS - ENTERPRISES - public - CHAIN_OUTLETS - MOVED
    # Larger firms have more of them
    odds = np.rint([1000 * 2 ** min(max(firms[i].size, 0), 4) for i in ordinary])
    secondary = np.bincount(rng.choice(ordinary, others, p=odds / odds.sum()), minlength=len(firms))
    secondary[chains] = outlets
    towns = iter(rng.choice(len(COMMUNES), 2 * CHAIN_OUTLETS, p=COMMUNE_SHARES).tolist())
    spread = iter(rng.standard_normal(ESTABLISHMENTS + len(withheld)).tolist())

    def place(i: int, firm: _Enterprise, town: int, trade: Trade, size: float):
        heads = int(np.exp(min(size + 0.8 * next(spread), 6.4)).round(6))
        one = _Establishment(i, town, trade, heads, firm.opened, closed=firm.closed)
        _address(dice, one)
        _sign(dice, firm, one)
        return one

    places: list[_Establishment] = []
    seats: dict[int, int] = {}
    for i, firm in enumerate(firms):
        if i in moved:
            old = place(i, firm, _near(dice, firm.commune), firm.trade, firm.size)
            first = max(firm.opened + 100, datetime.date(2013, 1, 1).toordinal())
            old.closed = first + dice.below(CENSUS.toordinal() - 20 - first)
            old.seat = False
            places.append(old)
        seat = place(i, firm, firm.commune, firm.trade, firm.size)
        seats[i] = len(places)
        if i in moved:
            old = places[-1]
            seat.former, seat.opened = len(places) - 1, old.closed
            seat.sign, seat.usual, seat.heads = old.sign, old.usual, old.heads
        elif firm.follows >= 0:
            old = places[seats[firm.follows]]
            seat.former = seats[firm.follows]
            seat.postcode, seat.number, seat.street = old.postcode, old.number, old.street
            seat.sign = old.sign if dice.chance(0.7) else seat.sign
            seat.heads = old.heads
        elif firm.beside >= 0:
            beside = places[seats[firm.beside]]
            seat.postcode, seat.number, seat.street = beside.postcode, beside.number, beside.street
        places.append(seat)
        for sign, trade, size in firm.outlets:
            town = firm.commune
            if firm.category in (DEPARTMENT, STATE_OFFICE, HEALTH_INSURANCE):
                town = dice.pick(NEIGHBOURS[COMMUNES[town].department][1:])
            one = place(i, firm, town, trade, size)
            one.sign = sign if dice.chance(0.85) else ""
            places.append(one)
        served = {firm.commune}
        for _ in range(int(secondary[i])):
            town = _near(dice, firm.commune)
            if firm.chain:  # it spreads out first
                town = next(towns)
                town = next(towns) if town in served else town
                served.add(town)
            one = place(i, firm, town, firm.trade, firm.size - (0.0 if firm.chain else 0.3))
            places.append(one)
        for one in places[seats[i] + 1 :]:
            one.seat = False
            latest = CENSUS.toordinal() - 200
            one.opened = min(firm.opened + dice.below(6000), latest)
            if not firm.closed and dice.chance(0.05):
                one.closed = one.opened + dice.below(CENSUS.toordinal() - one.opened)
    jobs = np.array([_jobs(firms[one.firm], one) for one in places], dtype=float)
    hosts = rng.choice(len(places), ASSOCIATED, replace=False, p=jobs / jobs.sum()).tolist()
    for host in (places[i] for i in hosts):
        firm = _associated(dice, firms[host.firm], host)
        one = _Establishment(len(firms), host.commune, firm.trade, 0, firm.opened)
        one.postcode, one.number, one.street = host.postcode, host.number, host.street
        firms.append(firm)
        places.append(one)
    apart = [place(-1, firm, firm.commune, firm.trade, firm.size) for firm in withheld]
    return places, apart


def _associated(dice: Dice, firm: _Enterprise, place: _Establishment) -> _Enterprise:
    """Compose a body without employees that lives beside a large employer, under its name."""
    hosted = WORDS.hosted
    host = {SCHOOL: "school", TOWN: "town", HOSPITAL: "hospital"}.get(firm.category, "other")
    body = dice.pick(hosted.bodies[host])
    name = f"{body} {dice.pick([firm.name, firm.name, place.sign or firm.name])}"
    category = WORKS_COUNCIL if body in hosted.works_councils else ASSOCIATION
    trade = hosted.trade
    latest = CENSUS.toordinal() - 100
    opened = place.opened + dice.below(max(1, latest - place.opened))
    return _Enterprise(name, category, trade, place.commune, size=trade.size, opened=opened)


def _near(dice: Dice, town: int) -> int:
    """Return the town itself or, half the time, another one of its département."""
    return town if dice.chance(0.25) else dice.pick(NEIGHBOURS[COMMUNES[town].department])


def _address(dice: Dice, place: _Establishment) -> None:
    """Draw an address; a town has few streets, and some of them hold most establishments."""
    commune = COMMUNES[place.commune]
    place.postcode = dice.pick(commune.postcodes)
    if place.heads >= 8 and dice.chance(0.45):
        place.street = _ZONE_STREETS[(place.commune + dice.below(2)) % len(_ZONE_STREETS)]
    else:
        rank = min(dice.below(14), dice.below(14))
        place.street = STREETS[(7 * place.commune + 13 * rank) % len(STREETS)]
    if place.street.kind not in ZONES or dice.chance(0.3):
        place.number = str(1 + min(dice.below(60), dice.below(60)))
    if place.heads >= 40 and dice.chance(0.5):
        place.cedex = f"{commune.postcodes[0][:2]}9{dice.below(10)}{1 + dice.below(9)}"


def _sign(dice: Dice, firm: _Enterprise, place: _Establishment) -> None:
    """Put a sign up: the brand of an outlet, or a name of its own."""
    town, _ = name_and_rank(COMMUNES[place.commune].name)
    if firm.brand:
        variants = firm.brand.variants
        place.brand = firm.brand.name
        if variants and dice.chance(0.6):
            place.brand += f" {dice.pick(variants)}"
        if dice.chance(0.85):
            landmark = dice.pick(NAMES.landmarks)
            tails = ["", "", "", f" {town}", f" {landmark}", f" {place.street.name}"]
            place.sign = place.brand + dice.pick(tails)
        return
    if firm.category in (HOSPITAL, TOWN, SCHOOL, LEGAL_FORMS["SCI"]):
        return
    kind = dice.pick(place.trade.kinds)
    if dice.chance(0.5 if place.trade.code[:2] in ("45", "47", "55", "56", "96") else 0.15):
        place.sign = dice.pick(
            [
                *[f"{kind} {dice.pick(NAMES.landmarks)}", coined(dice), firm.name],
                *[f"{kind} {dice.pick(NAMES.surnames)}", f"{kind} {dice.pick(NAMES.houses)}"],
            ]
        )
    if dice.chance(0.05):
        place.usual = f"{kind} {dice.pick(NAMES.landmarks)}"


def _establishment_table(places: list[_Establishment], siret: list[str]) -> pd.DataFrame:
    rows = []
    for number, place in zip(siret, places, strict=True):
        town = COMMUNES[place.commune]
        label = unaccented(town.name)
        stem, _ = name_and_rank(label)
        rows.append(
            (
                *(number, number[:9], number[9:], _date(place.opened)),
                "NN" if place.closed else _band(place.heads),
                place.seat,
                *(place.number or None, place.street.kind, unaccented(place.street.name)),
                *(place.postcode, label, town.code, place.cedex or None),
                f"{stem} CEDEX" if place.cedex else None,
                _date(place.closed or max(place.opened, _LAST_CHANGE)),
                "F" if place.closed else "A",
                unaccented(place.sign) or None,
                unaccented(place.usual) or None,
                place.trade.code,
                "N" if place.closed or place.heads == 0 else "O",
            )
        )
    frame = pd.DataFrame(rows, columns=_ESTABLISHMENT_COLUMNS)
    return frame.sort_values("siret")


def _enterprise_table(
    firms: list[_Enterprise],
    places: list[_Establishment],
    siren: list[str],
    siret: list[str],
) -> pd.DataFrame:
    heads, seats = [0] * len(firms), [""] * len(firms)
    for number, place in zip(siret, places, strict=True):
        heads[place.firm] += 0 if place.closed else place.heads
        if place.seat:
            seats[place.firm] = number[9:]
    rows = [
        (
            number,
            _registered_name(firm) or None,
            unaccented(firm.usual) or None,
            firm.acronym or None,
            unaccented(firm.surname) or None,
            None,
            firm.category,
            firm.trade.code,
            seat,
            "NN" if firm.closed else _band(count),
            "N" if firm.closed or count == 0 else "O",
            "C" if firm.closed else "A",
            _date(firm.opened),
        )
        for number, firm, seat, count in zip(siren, firms, seats, heads, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=_ENTERPRISE_COLUMNS)
    return frame.sort_values("siren")


def _registered_name(firm: _Enterprise) -> str:
    """Return `denominationUniteLegale`; a sole trader has none."""
    if firm.category == SOLE_TRADER:
        return ""
    name = {"before": f"{firm.form} {firm.name}", "after": f"{firm.name} {firm.form}"}
    return unaccented(name.get(firm.shown, firm.name))


def _date(day: int) -> datetime.datetime:
    return datetime.datetime.fromordinal(day)


def _band(heads: int) -> str:
    """Return SIRENE's band of the number of employees."""
    return _BANDS[bisect_right(_BAND_STARTS, heads) - 1]


class _Register(NamedTuple):
    """What the writers of forms need of a block's register, beside the lists themselves."""

    firms: list[_Enterprise]
    places: list[_Establishment]
    clients: list[list[int]]  # open establishments with employees, by département
    seats: dict[int, int]
    open_places: dict[int, list[int]]  # of each enterprise


def _forms(
    rng: np.random.Generator,
    careful: float,
    firms: list[_Enterprise],
    places: list[_Establishment],
    withheld: list[_Enterprise],
    apart: list[_Establishment],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Have forms written; a job counts once, so large employers come often."""
    dice = _Writer(rng, careful)
    clients: list[list[int]] = [[] for _ in DEPARTMENTS]
    seats, open_places = {}, {}
    for i, place in enumerate(places):
        if place.seat:
            seats[place.firm] = i
        if not place.closed:
            open_places.setdefault(place.firm, []).append(i)
            if place.heads >= 4:
                clients[COMMUNES[place.commune].department].append(i)
    register = _Register(firms, places, clients, seats, open_places)

    continued = {place.former for place in places}
    late = [
        i
        for i, place in enumerate(places)
        if place.closed > CENSUS.toordinal() - 92 and place.heads > 0 and i not in continued
    ]
    jobs = np.array([_jobs(firms[place.firm], place) for place in places], dtype=float)
    known = FORMS - sum(NOT_FOUND.values()) - CLOSED_FORMS
    # Systematic draw: kinds of employers, which follow each other, come in their proportions
    steps = (np.arange(known) + rng.random()) / known * jobs.sum()
    home = np.searchsorted(np.cumsum(jobs), steps, side="right").tolist()
    home += rng.choice(late, CLOSED_FORMS).tolist()

    answers = [_employed(dice, register, i) for i in home]
    newcomers = rng.choice(len(apart), NOT_FOUND["too_new"], replace=False).tolist()
    for kind, number in NOT_FOUND.items():
        for n in range(number):
            if kind == "too_new":
                i = newcomers[n]
                answers.append(_newcomer(dice, withheld[i], apart[i]))
            else:
                answers.append(_ELSEWHERE[kind](dice))
    columns = [*_FORM_COLUMNS, "kind", "type", "hard", *PATTERNS]
    frame = pd.DataFrame(answers, columns=columns)
    frame["place"] = home + [-1] * sum(NOT_FOUND.values())
    truth = frame[["kind", "type", "hard", "place", *PATTERNS]].copy()
    return frame[_FORM_COLUMNS].copy(), truth


def _jobs(firm: _Enterprise, place: _Establishment) -> int:
    if place.closed or firm.form == "SCI":
        return 0
    return 2 * place.heads + (firm.category == SOLE_TRADER or place.heads > 0)


def _employed(dice: Dice, register: _Register, i: int) -> tuple:
    """Write the form of somebody whose employer is establishment `i` of the register."""
    firms, places = register.firms, register.places
    place = places[i]
    firm = firms[place.firm]
    named, site, trade = place, place, place.trade
    kind, beside, temporary = None, "", False
    several = len(register.open_places.get(place.firm, ())) > 1
    if firm.trade.code == AGENCY_CODE and dice.chance(0.85):
        temporary = True
        client = places[dice.pick(register.clients[COMMUNES[place.commune].department])]
        trade = client.trade
        if dice.chance(0.4):
            kind, named, site = "client_named", client, client
        else:
            kind = "agency_named"
            site = client if dice.chance(0.5) else place
    elif place.closed:
        kind = "closed"
    elif place.former >= 0 and dice.chance(0.6):
        old = places[place.former]
        before = firms[old.firm]
        if old.firm == place.firm:
            kind, site = "former_address", old
        elif before.name != firm.name:
            kind, named = "former_name", old
    elif place.trade.code in WORDS.at_clients and dice.chance(0.25):
        kind = "works_at_client"
        site = places[dice.pick(register.clients[COMMUNES[place.commune].department])]
        if dice.chance(0.3):
            beside = f"chez {_said(dice, firms[site.firm], site)}"
    elif several and not place.seat and dice.chance(0.04):
        kind, site = "head_office_address", places[register.seats[place.firm]]
    status = "12" if temporary else _status(dice, firm, place)

    marks: set[str] = set()
    form = _written(dice, firms[named.firm], named, site, place, trade, status, beside, marks)
    if several and _is_ambiguous(register, place, site, form):
        marks.add("ambiguous_establishment")
    return _finished(form, kind, _is_hard(firm, place, form), marks)


def _finished(form: dict[str, str], kind: str | None, hard: bool, marks: set[str]) -> tuple:
    values = (form[name] or None for name in _FORM_COLUMNS[1:])
    what = None if kind is None else ("error" if kind in MISLEADING else "legitimate")
    return (None, *values, what, kind, hard, *(name in marks for name in PATTERNS))


def _status(dice: Dice, firm: _Enterprise, place: _Establishment) -> str:
    if firm.category == SOLE_TRADER and dice.below(place.heads + 1) == 0:
        return "22" if place.heads else "21"
    return dice.weighted({"16": 80, "15": 12, "11": 4, "14": 1, "": 3})


def _is_ambiguous(
    register: _Register, place: _Establishment, site: _Establishment, form: dict[str, str]
) -> bool:
    """Tell whether the form leaves open which establishment of its employer is meant."""
    if place.sign and cleaned(form["rs_x"]) == cleaned(place.sign):
        return False
    others = [register.places[j] for j in register.open_places[place.firm]]
    if form["clt_x"] and site is place:
        others = [one for one in others if one.commune == place.commune]
        if form["nomvoi_x"]:
            others = [one for one in others if one.street == place.street]
            if form["numvoi_x"]:
                others = [one for one in others if one.number == place.number]
    return len(others) > 1 and not (site is not place and form["nomvoi_x"])


def _is_hard(firm: _Enterprise, place: _Establishment, form: dict[str, str]) -> bool:
    """Tell whether words do not lead from the name box to the unit, or the place is not its own."""
    written = set(cleaned(form["rs_x"]).split())
    names = (_registered_name(firm), firm.usual, firm.acronym, firm.surname, place.sign)
    words = [set(cleaned(name).split()) for name in (*names, place.usual) if name]
    near = any(one and 2 * len(one & written) >= len(one) for one in words)
    town = _town_key(COMMUNES[place.commune].name)
    there = form["cpost_x"] == place.postcode or _town_key(form["clt_x"]) == town
    return not (near and there)


def _said(dice: Dice, firm: _Enterprise, place: _Establishment) -> str:
    """Return a name that people use for an establishment."""
    if place.sign and firm.everyday and dice.chance(0.9):
        return place.sign  # a school or a nursery has a name of its own
    names = [name for name in (place.brand, place.sign, firm.usual) if name]
    return dice.pick([*names, *firm.everyday] or [firm.name])


def _name(dice: Dice, firm: _Enterprise, place: _Establishment, marks: set[str]) -> str:
    """Choose the name that is written, as it is known, before any slip."""
    everyday = place.brand or place.sign or place.usual or firm.usual or firm.everyday
    odds = 0.35
    if place.brand or (firm.outlets and place.sign):
        odds = 0.75
    if everyday and dice.chance(odds):
        name = _said(dice, firm, place)
        if cleaned(name) != cleaned(firm.name):
            marks.add("brand_for_name")
    elif firm.acronym and dice.chance(0.5):
        name = firm.acronym
        marks.add("acronym")
    elif firm.full and dice.chance(0.5):
        name = firm.full
        marks.add("expansion")
    else:
        name = _with_form(dice, firm, marks)
    if dice.chance(0.2 if place.brand else 0.05):
        kind = dice.pick(place.trade.kinds) if not firm.brand else firm.brand.outlet
        town, _ = name_and_rank(COMMUNES[place.commune].name)
        name = dice.pick([f"{kind} {name}", f"{name} {town}", f"{kind} {name} {town}"])
        marks.add("brand_type_place")
    return name


def _with_form(dice: Dice, firm: _Enterprise, marks: set[str]) -> str:
    if firm.shown and dice.chance(0.7):
        marks.add("legal_form_changed")
        return firm.name
    form = firm.form if firm.shown else ""
    if firm.form and not firm.shown and dice.chance(0.15):
        marks.add("legal_form_changed")
        form = firm.form if dice.chance(0.75) else dice.pick(("SARL", "SA", "SAS"))
    if not form:
        return firm.name
    return f"{form} {firm.name}" if dice.chance(0.6) else f"{firm.name} {form}"


def _hurried(dice: Dice, name: str, haste: float, marks: set[str]) -> str:
    """Return the name as a hurried pen leaves it."""

    def changed(new: list[str], mark: str) -> list[str]:
        if cleaned(" ".join(new)) == cleaned(" ".join(words)):
            return words
        marks.add(mark)
        return new

    words = name.split()
    before = words[:1] if words[0] in LEGAL_FORMS else []
    after = words[-1:] if words[-1] in LEGAL_FORMS and len(words) > 1 else []
    words = words[len(before) : len(words) - len(after)]
    if dice.chance(0.15 * haste):
        words = changed(abbreviated(dice, words), "abbreviation")
    if len(words) > 2 and dice.chance(0.06 * haste):
        out = dice.below(len(words))
        words = changed([word for i, word in enumerate(words) if i != out], "words_dropped")
    if len(words) > 1 and dice.chance(0.03 * haste):
        i = dice.below(len(words) - 1)
        swapped = [*words[:i], words[i + 1], words[i], *words[i + 2 :]]
        words = changed(swapped, "words_swapped")
    if dice.chance(0.17 * haste) and words:  # an acronym may be a legal form, and then none is left
        words = changed(respaced(dice, words), "words_split_or_joined")
    if dice.chance(0.3 * haste):
        words = changed(slipped(dice, words, misspelt), "misspelling")
    if dice.chance(0.2 * haste):
        words = changed(slipped(dice, words, by_ear), "phonetic")
    text = " ".join([*before, *words, *after])
    length = 6 + dice.below(9)
    if len(text) > length + 3 and dice.chance(0.04 * haste):
        marks.add("truncated")
        text = text[:length].strip()
    return text


def _written(
    dice: _Writer,
    firm: _Enterprise,
    named: _Establishment,
    site: _Establishment,
    place: _Establishment,
    trade: Trade,
    status: str,
    beside: str,
    marks: set[str],
) -> dict[str, str]:
    """Fill in a form, with a name, a place and a hand of its own.

    Parameters
    ----------
    firm, named
        Enterprise and establishment whose name is written.
    site
        Establishment whose address is written.
    place
        Establishment near which the writer lives.
    trade
        The activity and occupations that are written.
    status
        Code of `empl`.
    beside
        What the complement of the address says.
    marks
        Receives the names of the patterns applied.
    """
    form = dict.fromkeys(_FORM_COLUMNS, "")
    form["empl"], form["cpladr_x"] = status, beside
    # Slips go together: who misspells the name has little care for the address either
    haste = 0.15 if dice.chance(dice.careful) else 2.0
    name = _hurried(dice, _name(dice, firm, named, marks), haste, marks)
    activity, job = dice.pick(trade.texts), dice.pick(trade.jobs)
    if dice.chance(0.10 * haste):
        activity = " ".join(slipped(dice, activity.split(), misspelt))
    form |= {"rs_x": name, "actet_x": activity}
    form |= _street(dice, site, haste, marks)
    home = _home(dice, place.commune)
    form["depcom_code"] = COMMUNES[home].code
    form |= _locality(dice, site, home, haste, marks)
    _fill_boxes(dice, form, trade, haste, marks)
    if dice.chance(0.05 * haste):
        marks.add("occupation_in_wrong_box")
        form["actet_x"], job = job, dice.pick([job, ""])
    elif dice.chance(0.06 * haste):
        form["actet_x"] = ""
    form["profi_x" if status in ("21", "22") else "profs_x"] = job
    if not all(form[box] for box in ("rs_x", "nomvoi_x", "clt_x", "actet_x")):
        marks.add("blank_fields")
    return _by_hand(dice, form, marks)


def _street(dice: Dice, site: _Establishment, haste: float, marks: set[str]) -> dict[str, str]:
    """Return number, type and name of a street as they are written, or nothing of them."""
    if dice.chance(0.10 + 0.22 * haste):
        return {}
    number = "" if dice.chance(0.45 * haste) else site.number
    kind, street = dice.pick(STREET_WORDS[site.street.kind]), site.street.name
    if dice.chance(0.4 * haste):
        street = " ".join(slipped(dice, street.split(), dice.pick([misspelt, by_ear])))
        if unaccented(street) != unaccented(site.street.name):
            marks.add("address_misspelt")
    if dice.chance(0.3):
        street = " ".join(abbreviated(dice, street.split()))
    return {"numvoi_x": number, "typevoi_x": kind, "nomvoi_x": street}


def _home(dice: Dice, town: int) -> int:
    """Return where one lives who works in a town: there, near it or anywhere."""
    if dice.chance(0.55):
        return dice.pick(NEIGHBOURS[COMMUNES[town].department])
    if dice.chance(0.08):
        return dice.below(len(COMMUNES))
    return town


def _locality(
    dice: Dice, site: _Establishment, home: int, haste: float, marks: set[str]
) -> dict[str, str]:
    """Return postcode and commune as they are written by one who lives at `home`."""
    town = COMMUNES[site.commune]
    postcode, label, cedex = site.postcode, town, False
    told = not dice.chance(0.15 * haste)  # the postcode
    if home != site.commune and dice.chance(0.07 * haste):
        marks.add("residence_commune")
        label = COMMUNES[home]
        postcode = dice.pick(label.postcodes)
    elif site.cedex and dice.chance(0.25):
        marks.add("cedex")
        postcode, cedex = site.cedex, True
    elif told and dice.chance(0.06 * haste):
        near = COMMUNES[dice.pick(NEIGHBOURS[town.department])]
        postcode = dice.pick([*town.postcodes, *near.postcodes])
        if postcode != site.postcode:
            marks.add("neighbouring_postcode")
    written = _town(dice, label, cedex, haste)
    if told and dice.chance(0.03 * haste):
        written = ""
    return {"cpost_x": postcode if told else "", "clt_x": written}


def _fill_boxes(
    dice: Dice, form: dict[str, str], trade: Trade, haste: float, marks: set[str]
) -> None:
    """Put the name, in haste, in another box, or something else in its own."""
    box = dice.weighted(_BOX_ODDS) if haste > 1 else "right"
    if box == "name_in_address_box":
        form["cpladr_x"], form["rs_x"] = form["rs_x"], dice.pick(["", form["actet_x"]])
    elif box == "address_in_name_box":
        street = form["nomvoi_x"] or form["clt_x"]
        parts = (form["rs_x"], form["numvoi_x"], form["typevoi_x"], street)
        form["rs_x"] = " ".join(filter(None, parts))
        form |= {"numvoi_x": "", "typevoi_x": "", "nomvoi_x": ""}
    elif box == "activity_for_name":
        form["rs_x"] = dice.pick(trade.texts)
    elif box == "vague_name":
        form["rs_x"] = dice.pick(WORDS.vague)
    elif box == "blank":
        form["rs_x"] = ""
    if box in ("activity_for_name", "vague_name", "blank"):
        marks -= NAME_PATTERNS  # they are not to be seen
    if box in PATTERNS:
        marks.add(box)


def _by_hand(dice: Dice, form: dict[str, str], marks: set[str]) -> dict[str, str]:
    """Write all boxes in one hand: capitals, small letters or both, with accents or without."""
    hand = dice.weighted({"capitals": 38, "small": 34, "both": 28})
    accents = dice.chance(0.2 if hand == "capitals" else 0.65)
    for box in _FREE_TEXT:
        text = form[box]
        if hand == "capitals":
            text = text.upper()
        elif hand == "small":
            text = text.lower()
        # A capital Œ stays as it is: the sample that ships has some
        form[box] = text if accents else "Œ".join(map(without_accents, text.split("Œ")))
    if not form["rs_x"].isascii():
        marks.add("accents")
    return form


def _town(dice: Dice, commune: Commune, cedex: bool, haste: float) -> str:
    name = commune.name
    stem, rank = name_and_rank(name)
    if rank:
        name = dice.pick([stem, stem, name, f"{stem} {rank}e", f"{stem} {rank}ème"])
    if cedex:
        name = f"{stem} cedex"
    if name.startswith(("Saint-", "Sainte-")) and dice.chance(0.4):
        name = name.replace("Sainte-", "Ste ").replace("Saint-", "St ")
    if "-" in name and dice.chance(0.5):
        name = name.replace("-", " ")
    return misspelt(dice, name) if dice.chance(0.1 * haste) else name


def _newcomer(dice: Dice, firm: _Enterprise, place: _Establishment) -> tuple:
    """Write the form of somebody whose employer the register does not know yet."""
    marks: set[str] = set()
    status = _status(dice, firm, place)
    form = _written(dice, firm, place, place, place, place.trade, status, "", marks)
    return _finished(form, "too_new", False, marks)


def _cross_border(dice: Dice) -> tuple:
    border = [i for i, department in enumerate(DEPARTMENTS) if department.abroad]
    department = dice.pick(border)
    abroad = DEPARTMENTS[department].abroad
    trade = dice.pick(TRADES)
    form = dict.fromkeys(_FORM_COLUMNS, "")
    name = coined(dice)
    form["rs_x"] = dice.pick(
        [
            f"{name} {dice.pick(WORDS.abroad)}",
            f"{dice.pick(NAMES.surnames)} {dice.pick(WORDS.abroad)}",
            name,
        ]
    )
    form["depcom_code"] = COMMUNES[dice.pick(NEIGHBOURS[department])].code
    form["clt_x"] = dice.pick(abroad.towns)
    form["plt_x"] = abroad.country if dice.chance(0.65) else ""
    form["empl"] = dice.weighted({"16": 85, "15": 12, "": 3})
    form["actet_x"], form["profs_x"] = dice.pick(trade.texts), dice.pick(trade.jobs)
    marks = {"blank_fields"}
    return _finished(_by_hand(dice, form, marks), "cross_border", False, marks)


def _at_home(dice: Dice, form: dict[str, str]) -> None:
    home = COMMUNES[dice.below(len(COMMUNES))]
    form["depcom_code"] = home.code
    if dice.chance(0.7):
        form["cpost_x"], form["clt_x"] = dice.pick(home.postcodes), _town(dice, home, False, 1.0)
    if dice.chance(0.35):
        kind, form["nomvoi_x"] = dice.pick(STREETS)
        form["typevoi_x"] = dice.pick(STREET_WORDS[kind])
        form["numvoi_x"] = str(1 + dice.below(90))


def _household(dice: Dice) -> tuple:
    form = dict.fromkeys(_FORM_COLUMNS, "")
    _at_home(dice, form)
    form["rs_x"] = dice.pick(WORDS.households)
    work = dice.pick(WORDS.household_work)
    form["actet_x"], form["profs_x"] = work.activity, work.job
    form["empl"] = dice.weighted({"16": 60, "15": 30, "": 10})
    marks = set() if form["nomvoi_x"] and form["clt_x"] else {"blank_fields"}
    return _finished(_by_hand(dice, form, marks), "private_household", False, marks)


def _not_registered(dice: Dice) -> tuple:
    trade = dice.pick(TRADES)
    form = dict.fromkeys(_FORM_COLUMNS, "")
    _at_home(dice, form)
    own = f"{dice.pick(NAMES.surnames)} {dice.pick(trade.kinds)}"
    form["rs_x"] = dice.pick([*WORDS.own_account, own, own, own])
    form["actet_x"], form["profi_x"] = dice.pick(trade.texts), dice.pick(trade.jobs)
    form["empl"] = "21"
    marks = set() if form["nomvoi_x"] and form["clt_x"] else {"blank_fields"}
    return _finished(_by_hand(dice, form, marks), "not_registered", False, marks)


_ELSEWHERE = {
    "cross_border": _cross_border,
    "private_household": _household,
    "not_registered": _not_registered,
}


def exact_join(
    forms: pd.DataFrame, establishments: pd.DataFrame, enterprises: pd.DataFrame
) -> pd.Series:
    """Match forms with establishments by equal cleaned names in the same place.

    A name is any of the register's: legal, usual, acronym, surname, sign. A place is the postcode;
    where no such name stands under the form's postcode, the cleaned name of the commune. A form
    that fits several establishments gets none.

    Returns
    -------
    Series
        SIRET by form, missing where there is none; index as `forms`.
    """
    names = register_names(_active(establishments), enterprises)
    clean = {text: cleaned(text) for text in names["name"].unique()}
    names["name"] = names["name"].map(clean)
    names = names[names["name"] != ""].drop_duplicates(["siret", "name"])
    written = forms["rs_x"].fillna("").map(cleaned)
    found = pd.Series(None, index=forms.index, dtype=object)
    for theirs, ours in (
        ("codePostalEtablissement", forms["cpost_x"].fillna("")),
        ("libelleCommuneEtablissement", forms["clt_x"].fillna("").map(_town_key)),
    ):
        place = names[theirs] if theirs.startswith("code") else names[theirs].map(_town_key)
        hits = names["siret"].groupby([names["name"], place]).agg(["nunique", "first"])
        keys = pd.MultiIndex.from_arrays([written, ours])
        hit = hits.reindex(keys)
        alone = (hit["nunique"] == 1).to_numpy()
        several = (hit["nunique"] > 1).to_numpy()
        undecided = found.isna().to_numpy()
        found[undecided & alone] = hit["first"].to_numpy()[undecided & alone]
        found[undecided & several] = ""
    return found.replace("", None)


def _town_key(name: str) -> str:
    return cleaned(name).removesuffix(" CEDEX")


def _active(establishments: pd.DataFrame) -> pd.DataFrame:
    return establishments[establishments["etatAdministratifEtablissement"] == "A"]


def register_names(establishments: pd.DataFrame, enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return one row an establishment and name it goes by, with where it is.

    Columns: `siret`, `name`, `codePostalEtablissement`, `libelleCommuneEtablissement`.
    """
    units = establishments.merge(enterprises, on="siren", validate="many_to_one")
    parts = [
        units[["siret", "codePostalEtablissement", "libelleCommuneEtablissement"]].assign(
            name=units[column]
        )
        for column in NAME_COLUMNS
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="name")


def token_match(
    forms: pd.DataFrame,
    establishments: pd.DataFrame,
    enterprises: pd.DataFrame,
    *,
    everything: bool = False,
) -> pd.Series:
    """Match each form with the establishment whose words resemble its own most.

    Words weigh by their rarity in the register (tf-idf), resemblance is the cosine; no blocking,
    nothing learnt. Words are those of names and commune or, with `everything`, of street, number
    and postcode too. Among equals the first SIRET wins.

    Returns
    -------
    Series
        SIRET by form, missing where no word is shared; index as `forms`.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import, seldom needed

    units = _active(establishments).merge(enterprises, on="siren", validate="many_to_one")
    place = ["libelleCommuneEtablissement"]
    asked = ["rs_x", "clt_x"]
    if everything:
        place += ["numeroVoieEtablissement", "libelleVoieEtablissement", "codePostalEtablissement"]
        asked += ["numvoi_x", "nomvoi_x", "cpladr_x", "cpost_x"]

    def texts(frame: pd.DataFrame, columns: list[str]) -> list[str]:
        joined = frame[columns].fillna("").agg(" ".join, axis=1)
        return [cleaned(text) for text in joined]

    vectorizer = TfidfVectorizer(lowercase=False, token_pattern=r"\S+")
    register = vectorizer.fit_transform(texts(units, [*NAME_COLUMNS, *place])).T.tocsr()
    written = vectorizer.transform(texts(forms, asked))
    sirets, best = units["siret"].tolist(), []
    for start in range(0, len(forms), 500):
        cosines = (written[start : start + 500] @ register).tocsr()
        cosines.sort_indices()
        cosines.data = cosines.data.round(9)  # ties stay ties on every processor
        for one, following in itertools.pairwise(cosines.indptr.tolist()):
            row = cosines.data[one:following]
            best.append(sirets[cosines.indices[one + row.argmax()]] if len(row) else None)
    return pd.Series(best, index=forms.index, dtype=object)


def measure_margins(twin: Block) -> dict[str, float]:
    """Return the exact join's share of all forms with the right SIRET, in percent."""
    return {"exact join": 100 * measure_exact(twin)["exact_right"]}


def measure_exact(twin: Block) -> dict[str, float]:
    """Return the share of forms that the exact join gets right, and right among those joined."""
    found = exact_join(*(twin.tables[name] for name in ("forms", "establishments", "enterprises")))
    right = _right(twin, found)
    return {
        "exact_right": float(right.mean()),
        "exact_precision": float(right[found.notna()].mean()),
    }


def _right(twin: Block, found: pd.Series) -> pd.Series:
    truth = twin.truth["forms"].set_index("cabbi")["siret"]
    true = twin.tables["forms"]["cabbi"].map(truth)
    return (found.fillna("").to_numpy() == true.fillna("none").to_numpy()) & found.notna()


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard forms are to match.

    Returns
    -------
    dict
        `no_match_share` of forms whose employer is not in the register; `hard_share` of the other
        forms; `exact_right` and `exact_precision` of the exact join, the first among all forms;
        `token_right` and `token_all_right`, forms that word matching gets right (see
        `token_match`); `token_siren_right`, forms for which the first finds the right enterprise.
    """
    tables = [twin.tables[name] for name in ("forms", "establishments", "enterprises")]
    truth = twin.truth["forms"].set_index("cabbi").loc[twin.tables["forms"]["cabbi"]]
    matchable = truth["siret"].notna()
    word = token_match(*tables)
    everything = token_match(*tables, everything=True)
    siren = truth["siren"].fillna("none").to_numpy() == word.fillna("").str[:9].to_numpy()
    return {
        "no_match_share": float(1 - matchable.mean()),
        "hard_share": float(truth.loc[matchable, "hard"].mean()),
        **measure_exact(twin),
        "token_right": float(_right(twin, word).mean()),
        "token_all_right": float(_right(twin, everything).mean()),
        "token_siren_right": float(siren.mean()),
    }
