"""The synthetic twin of activity declarations: what an enterprise says it does, and its code.

An enterprise has one true activity, a sub-class of NAF rev. 2. It declares it in free text, through
a formalities centre whose clerks word it (2022) or online, where people write themselves (2023):
the second channel has other words, more activities in one text and more slips. A coder gives the
code, and is wrong at times; some declarations are coded again by another. The model, its sources
and its limits are told on the card.
"""

import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from pydantic import Field, model_validator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import cohen_kappa_score
from sklearn.pipeline import make_pipeline

from ssplab.course import course_root
from ssplab.data import Block
from ssplab.data.twins.blocks import BlockPlan
from ssplab.data.twins.dice import Dice, cumulated
from ssplab.data.twins.firms import NafCode
from ssplab.data.twins.places import COMMUNE_SHARES, COMMUNES
from ssplab.data.twins.texts import misspelt, normalised, unaccented, without_accents
from ssplab.data.twins.words import Positive, Text, Texts, Words, load_words, pattern

CENTRE, ONLINE = 2_500, 1_500  # declarations of a block, by channel
DOUBLE_CODED = 200  # of them, drawn at random
PLAN = BlockPlan("activity_labels", at_scale_1=10, most=900, streams=3)
n_blocks = PLAN.count

Channel = Literal["centre", "online"]
Kind = Literal[
    *("growing", "making", "wholesale", "shop", "market", "online", "building", "repair"),
    *("transport", "food", "property", "business", "personal", "health", "teaching", "culture"),
    "public",
]
Form = Literal["micro", "sole_trader", "liberal", "company", "farm", "association", "public"]
DAYS = {
    "centre": (datetime.date(2022, 1, 1), datetime.date(2022, 12, 31)),
    "online": (datetime.date(2023, 1, 1), datetime.date(2023, 6, 30)),
}

# What is written, by channel: clerks word it soberly, people say it in their own words. All of the
# rates are assumptions, fitted so that a linear model loses about nine points between channels.
SOURCES = {
    "centre": {"formal": 0.22, "composed": 0.44, "object": 0.06, "trade": 0.28},
    "online": {"formal": 0.14, "composed": 0.38, "object": 0.10, "trade": 0.38},
}
HEARD_BEFORE = 0.92  # share of the trade's words and objects that a formalities centre uses
OF_GOODS = ("growing", "making", "wholesale", "shop", "market", "online")  # told by a thing alone
FRAMED = {"centre": 0.45, "online": 0.65}  # something is put around the activity, if enough fits
ENOUGH = 4  # frames that fit
OF_PERSONS = ("health", "teaching")  # who have one calling
MORE_THINGS = {1: 0.25, 2: 0.45, 3: 0.3}  # how many things one verb has
VAGUE = {"centre": 0.02, "online": 0.025}
SEVERAL = {"centre": 0.09, "online": 0.12}  # another activity beside the main one
MAIN_FIRST = {"centre": 0.9, "online": 0.85}
LONGER = {"centre": 0.65, "online": 0.55}  # a second wording of the main activity
OF_NEIGHBOUR = 0.75  # of the second activities, one that coders confuse with the first
A_WORD = re.compile(r"[^\W\d_]{5,}")  # that is misspelt
LONGEST_PERSON = 3  # words, of those to which something is added
LONGEST_FRAMED = 6  # words
RELATED = {"pour", "à", "en", "sur", "dans", "avec", "chez", "au", "aux", "par"}  # once in a text
# Who speaks, and whether a wording begins with a person or with what is done
SPEAKER = re.compile(r"\b(?:je|mon|ma|mes|moi|nous|notre|nos|on)\b|\b[jm]'")
PERSON = re.compile(
    r"(?!entretien|soutien|maintien|atelier|chantier|mobilier|fleur|métier|liste|piste|serveur|"
    r"particulier|ancien|employeur|tracteur|triporteur|comparateur|incinérateur|chalutier)"
    r"(?:artisane?|coach|dj|chef|avocate?|consultante?|notaire|photographe|peintre|architecte|"
    r"\w+(?:eur|euse|ier|iste|ien|ienne|rice|logue))\b"
)
OWN_ACCOUNT = re.compile(r"indépendant|libéral|freelance|remplaçant")
DONE = re.compile(
    r"(?!association|station|établissement|logement|appartement|équipement|ménage|voiture)"
    r"(?:vente|travaux|pose|achat|conseil|négoce|commerce|prise|mise|transport|livraison|"
    r"\w+(?:tion|sion|ment|age|erie|ure|ance))\b"
)
STYLES = {
    "centre": {"capitals": 0.45, "sentence": 0.40, "plain": 0.15, "bare": 0.0},
    "online": {"capitals": 0.12, "sentence": 0.38, "plain": 0.16, "bare": 0.34},
}
SLIP = {"centre": 0.03, "online": 0.08}  # a word misspelt, by finger or by ear
SLIP_IF_HARDER = {"centre": 0.6, "online": 0.8}
SHORTER = {"centre": 0.08, "online": 0.14}
# Kinds of activity that are declared more, or less, in the second year
GROWTH = {"growing": 0.7, "online": 1.6, "transport": 1.4, "business": 1.2, "personal": 1.2}

# Enterprises that declare several establishments in the same words
CLUSTER = 0.030
CLUSTER_SIZES = {2: 0.4, 3: 0.3, 4: 0.2, 5: 0.1}
STATUTE = 0.85  # of these: the objects of the company, as its statutes list them
SOBER = ("formal", "composed")  # what such a list is made of
WITHOUT_STATUTE = ("growing", "personal", "health", "teaching", "culture")
RETYPED = 0.25  # chance that such a text is typed anew, in another style
STATUTE_MAIN = (0.55, 0.25, 0.2)  # place of the main activity among the three

# Chances that a coder gives another code than the true one, by what the text is like
MISTAKE = {"plain": 0.025, "several": 0.10, "vague": 0.20}
# ... and that the second coder does, who has the text and the form, not the file
BLIND = {"plain": 0.045, "several": 0.20, "vague": 0.60}
ARBITRATED = 0.9  # chance that the arbiter finds the true code where the two differ

WRONG_NATURE, NO_NATURE = 0.06, 0.05
NO_AREA = 0.08
AREAS = ("1", "2", "3", "4")
GROCERS = {"47.11B": "1", "47.11C": "2", "47.11D": "3", "47.11F": "4"}  # by sales area
OTHER_SHOPS = (0.72, 0.2, 0.07, 0.01)

# By kind, or by the beginning of the code where that says more
FORMS = {
    "growing": {"farm": 0.8, "company": 0.2},
    "public": {"public": 1.0},
    "culture": {"micro": 0.65, "company": 0.35},
    "health": {"liberal": 0.7, "micro": 0.2, "company": 0.1},
    "teaching": {"micro": 0.55, "liberal": 0.15, "association": 0.1, "company": 0.2},
    "business": {"micro": 0.55, "company": 0.45},
    "property": {"company": 0.8, "sole_trader": 0.2},
    "wholesale": {"company": 0.7, "micro": 0.2, "sole_trader": 0.1},
    "food": {"company": 0.5, "sole_trader": 0.2, "micro": 0.3},
    **{key: {"company": 1.0} for key in ("35", "84", "64", "65", "70.10", "86.90B")},
    **{key: {"association": 0.6, "company": 0.4} for key in ("86.10", "87")},
    **{key: {"micro": 0.6, "company": 0.4} for key in ("77", "78", "79", "80", "81", "82")},
    "02": {"micro": 0.4, "sole_trader": 0.3, "company": 0.3},
    "03": {"sole_trader": 0.6, "company": 0.4},
    "47.73": {"sole_trader": 0.4, "company": 0.6},
    "69": {"liberal": 0.6, "company": 0.3, "micro": 0.1},
    "86.90A": {"company": 0.8, "sole_trader": 0.2},
    "88": {"association": 0.4, "micro": 0.35, "company": 0.25},
    "90": {"micro": 0.6, "association": 0.25, "company": 0.15},
    "91": {"association": 0.8, "company": 0.2},
    "93.21": {"company": 1.0},
    **{key: {"micro": 0.5, "liberal": 0.15, "company": 0.35} for key in ("70", "71.12B", "74.90")},
    "92": {"company": 0.7, "micro": 0.3},
    "93": {"association": 0.5, "micro": 0.3, "company": 0.2},
    "94": {"association": 1.0},
}
NOT_SMALL = 10  # typical number of employees of those who do nothing beside
LARGE = 20  # typical number of employees from which an enterprise is nobody's own
OWN: tuple[Form, ...] = ("micro", "sole_trader", "liberal")
USUAL_FORMS = {"micro": 0.5, "sole_trader": 0.14, "company": 0.36}
EVENTS = {
    **{"creation": 0.80, "takeover": 0.06, "change_of_activity": 0.08},
    **{"transfer": 0.04, "new_establishment": 0.02},
}
NO_EMPLOYEES = {
    **{"micro": 0.97, "liberal": 0.9, "sole_trader": 0.75, "farm": 0.8},
    **{"company": 0.45, "association": 0.7, "public": 0.05},
}
SPREAD = 0.9  # standard deviation of the logarithm of the number of employees


class KindWords(Words):
    """A kind of activity."""

    nature: Annotated[str, Field(pattern=r"^\d\d$")]
    """Code of the nature of the activity that is ticked on the form."""
    also: tuple[Kind, ...]
    """Kinds that are ticked instead."""
    vague: Texts
    """What is written by those who say no more."""
    beside: tuple[NafCode, ...] = ()
    """What such an enterprise often does too."""


class Activity(Words):
    """A sub-class, or the part of it that a new nomenclature makes a class of its own."""

    code: NafCode
    kind: Kind
    weight: Positive
    """Among 10,000 declarations, about."""
    size: Positive
    """Typical number of employees of a unit that has any."""
    new: Annotated[str, Field(pattern=r"^\d\d\.\d-\d$")] | None = None
    """Code in the nomenclature to come, of sub-classes that it splits."""
    new_label: Text | None = None
    formal: Texts
    """How a clerk words it."""
    trade: Texts
    """How the trade does."""
    verbs: tuple[Text, ...] = ()
    objects: tuple[Text, ...] = ()
    """Any verb goes with any object; a verb that ends in “de” is elided before a vowel."""
    near: tuple[NafCode, ...]
    """Codes that a coder may give by mistake."""


class Frame(Words):
    """What is put around an activity, and by whom."""

    text: pattern("what", "town")
    kinds: tuple[Kind, ...] = ()
    """None for all, as for `forms` and `before`."""
    forms: tuple[Form, ...] = ()
    before: tuple[Literal["person", "done", "thing", "other"], ...] = ()
    """What stands in it: a person, what is done, a thing, or a place, a body, a sentence."""


class Frames(Words):
    """What is put around an activity, by channel."""

    centre: tuple[Frame, ...]
    online: tuple[Frame, ...]


class Joins(Words):
    """What stands between two activities, by channel."""

    centre: Texts
    online: Texts


class ActivityWords(Words):
    """`datasets/activity_labels/words.yml`."""

    kinds: dict[Kind, KindWords]
    vague: dict[Annotated[str, Field(pattern=r"^\d\d$")], Texts]
    """What is written by those who say no more, in divisions unlike their kind."""
    only: dict[Text, Annotated[tuple[Form, ...], Field(min_length=1)]]
    """Regular expressions, and the forms of those who write what they find."""
    frames: Frames
    joins: Joins
    statutes: tuple[pattern("one", "two", "three"), ...]
    shorter: dict[Text, Text]
    """What people shorten words to."""
    sounds: dict[Text, str]
    """Regular expressions, and what is written instead by those who spell by ear."""
    aspirated: Texts
    """Words before which an h forbids the elision."""
    mixed: tuple[NafCode, ...]
    """Sub-classes of unlike activities, of which nobody has two."""
    single: tuple[NafCode, ...]
    """Sub-classes of which even the things have nothing in common."""
    alone: tuple[Annotated[str, Field(pattern=r"^\d\d$")], ...]
    """Divisions of those who do nothing beside."""
    activities: tuple[Activity, ...]

    @model_validator(mode="after")
    def _consistent(self):
        for activity in self.activities:
            if bool(activity.verbs) != bool(activity.objects):
                raise ValueError(f"{activity.code} has verbs or objects, not both")
        known = {activity.code for activity in self.activities}
        beside = {code for kind in self.kinds.values() for code in kind.beside}
        if not beside <= known:
            raise ValueError(f"beside, but no activities: {sorted(beside - known)}")
        keys = [(activity.code, activity.new) for activity in self.activities]
        if len(set(keys)) < len(keys):
            raise ValueError(f"twice: {sorted({key for key in keys if keys.count(key) > 1})}")
        return self


WORDS = load_words("activity_labels", ActivityWords)


class Sources(NamedTuple):
    """What a draw of a block reads, prepared once."""

    words: ActivityWords
    shares: dict[str, list[float]]
    """Cumulated weights of the activities, by channel."""
    by_code: dict[str, list[int]]
    writers: dict[str, set[Form]]
    """Of each wording, the forms of those who write it."""
    slips: dict[str, float]
    """Chance of a word misspelt, by channel."""


@dataclass(slots=True)
class Declared:
    """A declaration, as an enterprise makes it."""

    channel: Channel
    enterprise: int
    activity: Activity
    form: Form
    text: str = ""
    manner: str = "plain"
    copy: bool = False


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each of 4,000 declarations.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 40,000 declarations, 2,000 of them coded twice.
    harder : bool, default False
        Most texts have a word misspelt.

    Yields
    ------
    Block
        The tables `descriptions`, `double_coding` and, with the first block, `correspondence`; the
        truth of each declaration.
    """
    sources = _sources(SLIP_IF_HARDER if harder else SLIP)
    for number, (text_stream, code_stream, size_stream) in PLAN.draw(seed, scale):
        dice = Dice(text_stream)
        declared = _declared(dice, "centre", CENTRE, sources)
        declared += _declared(dice, "online", ONLINE, sources)
        tables, truth = _tables(Dice(code_stream), size_stream, number, declared, sources)
        if number == 0:
            tables["correspondence"] = _correspondence(sources.words)
        yield Block(tables, {"descriptions": truth})


def _sources(slips: dict[str, float]) -> Sources:
    words = WORDS
    by_code: dict[str, list[int]] = {}
    texts = {text for kind in words.kinds.values() for text in kind.vague}
    texts.update(text for vague in words.vague.values() for text in vague)
    for i, activity in enumerate(words.activities):
        by_code.setdefault(activity.code, []).append(i)
        texts.update(activity.formal, activity.trade)
    only = {re.compile(found): set(forms) for found, forms in words.only.items()}
    writers = {
        text: set.intersection(
            set(get_args(Form)), *(forms for found, forms in only.items() if found.search(text))
        )
        for text in texts
    }
    weights = [activity.weight for activity in words.activities]
    grown = [one.weight * GROWTH.get(one.kind, 1.0) for one in words.activities]
    shares = {"centre": cumulated(weights), "online": cumulated(grown)}
    return Sources(words, shares, by_code, writers, slips)


# Texts


def _declared(dice: Dice, channel: Channel, number: int, sources: Sources) -> list[Declared]:
    """Return a channel's declarations of a block, those of an enterprise one after the other."""
    declared: list[Declared] = []
    enterprise = 0
    while len(declared) < number:
        activity = sources.words.activities[dice.bounded(sources.shares[channel])]
        several = dice.chance(CLUSTER) and activity.kind != "public"
        form = _form(dice, activity)
        if several and form in OWN:
            form = "company"
        first = _described(dice, Declared(channel, enterprise, activity, form), several, sources)
        declared.append(first)
        for _ in range(dice.weighted(CLUSTER_SIZES) - 1 if several else 0):
            again = replace(first, copy=True)
            if dice.chance(RETYPED):
                again.text = _typed(dice, first.text.lower(), channel, sources)
            declared.append(again)
        enterprise += 1
    return declared[:number]


def _form(dice: Dice, activity: Activity) -> Form:
    """Return the form on which an enterprise declares."""
    code, kind = activity.code, activity.kind
    odds = next(
        (FORMS[begin] for end in range(6, 1, -1) if (begin := code[:end]) in FORMS),
        FORMS.get(kind, USUAL_FORMS),
    )
    form = dice.weighted(FORMS["public"] if kind == "public" else odds)
    return "company" if form in OWN and activity.size >= LARGE else form


def _described(dice: Dice, one: Declared, statute: bool, sources: Sources) -> Declared:
    """Give a declaration its text."""
    words, channel, activity = sources.words, one.channel, one.activity
    if statute and dice.chance(STATUTE) and activity.kind not in WITHOUT_STATUTE:
        others = [_other(dice, one, sources) for _ in "12"]
        main = dice.bounded(cumulated(STATUTE_MAIN))
        objects = [*others[:main], activity, *others[main:]]
        texts = [
            _worded(dice, one, each, sources, SOBER if each.kind == activity.kind else SOBER[:1])
            for each in objects
        ]
        more = all(_stems(a) - _stems(b) for a, b in itertools.permutations(texts, 2))
        if more and len({each.code for each in objects}) == len(objects):
            what = dice.pick(words.statutes).format(one=texts[0], two=texts[1], three=texts[2])
            one.manner = "several"
        else:  # they would say the same twice
            what = texts[main]
    elif dice.chance(VAGUE[channel]):
        vague = words.vague.get(activity.code[:2], words.kinds[activity.kind].vague)
        what = dice.pick(_of(one.form, vague, sources) or vague)
        one.manner = "vague"
    else:
        what = _worded(dice, one, activity, sources)
        other = _other(dice, one, sources) if dice.chance(SEVERAL[channel]) else activity
        if other is not activity:
            alike = other.kind == activity.kind and activity.kind not in OF_PERSONS
            ways = (*SOBER, "trade") if alike else ("formal",)
            more = _worded(dice, one, other, sources, ways)
            pair = [what, more] if dice.chance(MAIN_FIRST[channel]) else [more, what]
            what = _joined(dice, pair, getattr(words.joins, channel))
            one.manner = "several"
        elif dice.chance(LONGER[channel]) and activity.code not in words.mixed and activity.verbs:
            whole = what in activity.formal or what in activity.trade
            ways = ("composed",) if whole else ("formal", "trade")
            more = _worded(dice, one, activity, sources, ways)
            if not _stems(what) & _stems(more):
                pair = [more, what] if PERSON.match(more) else [what, more]
                what = _joined(dice, pair, getattr(words.joins, channel))
        elif dice.chance(FRAMED[channel]):
            what = _framed(dice, one, what, words)
    one.text = _typed(dice, what, channel, sources)
    return one


_TOWNS = cumulated(COMMUNE_SHARES)


def _other(dice: Dice, one: Declared, sources: Sources) -> Activity:
    """Return another activity that an enterprise may have beside its main one."""
    activity, activities = one.activity, sources.words.activities
    near = [
        i
        for code in activity.near
        for i in sources.by_code.get(code, [])
        if code not in sources.words.mixed
        and activities[i].kind == activity.kind
        and code[:2] == activity.code[:2]
    ]
    beside = [
        i
        for code in sources.words.kinds[activity.kind].beside
        for i in sources.by_code[code]
        if code != activity.code and one.form != "association"
    ]
    if activity.code[:2] in sources.words.alone:
        return activity
    if activity.kind in OF_PERSONS or activity.code in sources.words.mixed:
        near = []
    if activity.size >= NOT_SMALL:
        beside = []
    chosen = near if dice.chance(OF_NEIGHBOUR) and near else beside or near
    return activities[dice.pick(chosen)] if chosen else activity


def _worded(
    dice: Dice,
    one: Declared,
    activity: Activity,
    sources: Sources,
    ways: Sequence[str] = ("formal", "composed", "object", "trade"),
) -> str:
    """Return one wording of an activity, such as this enterprise writes on this channel."""

    def heard(texts: tuple[str, ...]) -> tuple[str, ...]:
        if one.channel == "online":
            return texts
        sober = tuple(text for text in texts if not SPEAKER.search(text))
        return sober[: max(1, round(HEARD_BEFORE * len(sober)))]

    way = dice.weighted({way: SOURCES[one.channel][way] for way in ways})
    if way == "object" and activity.kind not in OF_GOODS:
        way = "composed"
    if way in ("composed", "object") and activity.verbs:
        several = 1 if activity.code in sources.words.single else dice.weighted(MORE_THINGS)
        things = dice.some(heard(activity.objects), several)
        if way == "object":
            return ", ".join(things)
        verb = dice.pick(activity.verbs)
        again = "de " if verb.endswith(" de") and dice.chance(0.5) else ""
        what = _filled(f"{verb} {{what}}", things[0], sources.words)
        for i, thing in enumerate(things[1:], 2):
            plain = i == len(things) and not any(" et " in one for one in things)
            join = " et " if plain else ", "
            what += join + (_filled(" de {what}", thing, sources.words).strip() if again else thing)
        return what
    texts = (
        heard(activity.trade) if "trade" in (way, *ways) and way != "formal" else activity.formal
    )
    return dice.pick(_of(one.form, texts, sources) or activity.formal)


def _of(form: Form, texts: Sequence[str], sources: Sources) -> list[str]:
    """Return the texts that somebody may write who declares on this form."""
    return [text for text in texts if form in sources.writers[text]]


def _stems(text: str) -> set[str]:
    return {word[:5] for word in normalised(text).split() if len(word) > 3}


def _joined(dice: Dice, texts: list[str], joins: Sequence[str]) -> str:
    """Return two wordings as one text; those that hold “et” or are sentences stand apart."""
    join = dice.pick(joins)
    both = " ".join(texts)
    if re.search(", | et ", both) or SPEAKER.search(both):
        join = join if join in (" - ", " / ", " ; ", ". ") else ", "
    return join.join(texts)


def _framed(dice: Dice, one: Declared, what: str, words: ActivityWords) -> str:
    """Return an activity in a frame in which it may stand, or as it is."""
    activity = one.activity
    framed = activity.code[:2] not in words.alone and len(what.split()) <= LONGEST_FRAMED
    if not framed or SPEAKER.search(what):
        return what
    if what in activity.objects:
        sort = "thing"
    else:
        sort = "person" if PERSON.match(what) else "done" if DONE.match(what) else "other"
        told = OWN_ACCOUNT.search(what) or "," in what or len(what.split()) > LONGEST_PERSON
        if sort == "person" and told:
            sort = "other"
    frames = [
        frame.text
        for frame in getattr(words.frames, one.channel)
        if (not frame.kinds or activity.kind in frame.kinds)
        and (not frame.forms or one.form in frame.forms)
        and (not frame.before or sort in frame.before)
        and not _stems(frame.text.replace("{what}", "")) & _stems(what)
        and not (RELATED & set(frame.text.split()) and RELATED & set(what.split()))
    ]
    if not frames or not dice.chance(len(frames) / ENOUGH):
        return what
    town = re.sub(r" \d+$", "", COMMUNES[dice.bounded(_TOWNS)].name)
    frame = dice.pick(frames).replace("{town}", town)
    return _filled(frame.replace("à Le ", "au ").replace("à Les ", "aux "), what, words)


def _filled(frame: str, what: str, words: ActivityWords) -> str:
    """Return a frame with an activity in it, after “de” elided before a vowel or a mute h."""
    if without_accents(what[0]) in "aeiouyh" and what.split()[0].strip(",") not in words.aspirated:
        frame = frame.replace(" de {what}", " d'{what}")
    return frame.replace("{what}", what)


def _typed(dice: Dice, text: str, channel: Channel, sources: Sources) -> str:
    """Return a text as it is typed: shortened, misspelt, with or without capitals and accents."""
    words = sources.words
    if dice.chance(SHORTER[channel]):
        text = re.sub(
            "|".join(rf"\b{long}\b" for long in words.shorter),
            lambda match: words.shorter[match[0]] if dice.chance(0.7) else match[0],
            text,
        )
    longer = list(A_WORD.finditer(text))
    if dice.chance(sources.slips[channel]) and longer:
        at = dice.pick(longer)
        slip = misspelt(dice, at[0]) if dice.chance(0.5) else _by_ear(dice, at[0], words)
        text = text[: at.start()] + slip + text[at.end() :]
    style = dice.weighted(STYLES[channel])
    if style == "capitals":
        return unaccented(text)
    if style == "bare":
        return without_accents(text)
    if style == "sentence":
        return re.sub(r"(?:^|\. )\w", lambda begin: begin[0].upper(), text)
    return text


def _by_ear(dice: Dice, word: str, words: ActivityWords) -> str:
    """Return a word as those spell it who write what they hear."""
    heard = [(spelt, sound) for spelt, sound in words.sounds.items() if re.search(spelt, word[1:])]
    if not heard:
        return word
    spelt, sound = dice.pick(heard)
    return word[0] + re.sub(spelt, sound, word[1:], count=1)


# Codes, and what else is on the form


def _coded(dice: Dice, one: Declared, chances: dict[str, float], sources: Sources) -> str:
    """Return the code that a coder gives."""
    true = one.activity.code
    if not dice.chance(chances[one.manner]):
        return true
    near = [code for code in one.activity.near if code in sources.by_code] or [true]
    return dice.pick(near)


def _ticked(dice: Dice, one: Declared, sources: Sources) -> dict[str, object]:
    """Return what is ticked on the form."""
    kind = one.activity.kind
    nature = sources.words.kinds[kind].nature
    if dice.chance(WRONG_NATURE) and sources.words.kinds[kind].also:
        nature = sources.words.kinds[dice.pick(sources.words.kinds[kind].also)].nature
    if dice.chance(NO_NATURE):
        nature = None
    area = None
    if kind == "shop" and not dice.chance(NO_AREA):
        area = GROCERS.get(one.activity.code) or AREAS[dice.bounded(cumulated(OTHER_SHOPS))]
    event = dice.weighted(EVENTS)
    return {
        "nature": nature,
        "area": area,
        "form_type": one.form,
        "event": "new_establishment" if one.copy else event,
    }


def _tables(
    dice: Dice, rng: np.random.Generator, block: int, declared: list[Declared], sources: Sources
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return a block's tables, and its truth."""
    number = len(declared)
    # Identifiers in random order, so that the order tells nothing
    ranks, firms = rng.permutation(number), rng.permutation(number)
    normal = rng.standard_normal(number).round(4)
    offset = {"centre": 0, "online": CENTRE}  # enterprises are numbered by channel
    rows, previous = [], None
    for i, one in enumerate(declared):
        code = previous["code"] if one.copy and dice.chance(0.9) else None
        first, last = DAYS[one.channel]
        row = {
            "declaration_id": f"D{block:03d}{ranks[i]:04d}",
            "enterprise_id": f"E{block:03d}{firms[one.enterprise + offset[one.channel]]:04d}",
            "channel": one.channel,
            "declared_on": first + datetime.timedelta(dice.below((last - first).days + 1)),
            "text": one.text,
            **_ticked(dice, one, sources),
            "code": code or _coded(dice, one, MISTAKE, sources),
        }
        none = dice.chance(NO_EMPLOYEES[row["form_type"]])
        usual = one.activity.size * np.exp(SPREAD * normal[i] - SPREAD**2 / 2)
        row["employees"] = 0 if none else max(1, round(float(usual)))
        rows.append(row)
        previous = row
    descriptions = pd.DataFrame(rows)
    second = [_coded(dice, one, BLIND, sources) for one in declared]
    truth = _truth(descriptions, declared)
    drawn = np.sort(rng.choice(number, DOUBLE_CODED, replace=False))
    double = descriptions.loc[drawn, ["declaration_id"]].assign(
        first_code=descriptions.loc[drawn, "code"], second_code=[second[i] for i in drawn]
    )
    true = truth.loc[drawn, "true_code"]
    double["arbitrated_code"] = [
        first if first == second else right if dice.chance(ARBITRATED) else second
        for first, second, right in zip(
            double["first_code"], double["second_code"], true, strict=True
        )
    ]
    by_id = {"descriptions": descriptions, "double_coding": double}
    return (
        {name: table.sort_values("declaration_id") for name, table in by_id.items()},
        truth.sort_values("declaration_id"),
    )


def _truth(descriptions: pd.DataFrame, declared: list[Declared]) -> pd.DataFrame:
    manner = pd.Series([one.manner for one in declared])
    copy = pd.Series([one.copy for one in declared])
    true = pd.Series([one.activity.code for one in declared])
    wrong = true != descriptions["code"]
    kind = pd.Series(None, index=true.index, dtype=object)
    kinds = kind.mask(copy | manner.ne("plain"), "legitimate").mask(wrong, "error")
    types = kind.mask(manner.eq("several"), "several").mask(manner.eq("vague"), "vague")
    return pd.DataFrame(
        {
            "declaration_id": descriptions["declaration_id"],
            "true_code": true,
            "new_code": [one.activity.new for one in declared],
            "kind": kinds,
            "type": types.mask(copy, "copy").mask(wrong, "miscoded"),
            "several": manner.eq("several"),
            "vague": manner.eq("vague"),
            "copy": copy,
        }
    )


def _correspondence(words: ActivityWords) -> pd.DataFrame:
    """Return the sub-classes that the new nomenclature splits, and into what."""
    return pd.DataFrame(
        [(one.code, one.new, one.new_label) for one in words.activities if one.new],
        columns=["code", "new_code", "new_label"],
    ).sort_values("new_code")


# Difficulty


def _apart(twin: Block) -> tuple[pd.DataFrame, pd.Series]:
    """Return the declarations with their `words`, and which are kept apart: 3 blocks of 10.

    An enterprise is within one block, so that none of its declarations is on both sides.
    """
    descriptions = twin.tables["descriptions"]
    descriptions = descriptions.assign(words=descriptions["text"].map(normalised))
    return descriptions, descriptions["declaration_id"].str[3].ge("7")


def measure_margins(twin: Block) -> dict[str, float]:
    """Return what a linear model on words loses between channels, in points to one decimal.

    It is learnt on seven tenths of the first channel's declarations, and tried on the other three
    and on the second channel's.
    """
    descriptions, apart = _apart(twin)
    centre = descriptions["channel"] == "centre"
    model = make_pipeline(
        TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True),
        SGDClassifier("modified_huber", alpha=2e-5, max_iter=3, tol=None, random_state=0),
    )
    learnt = descriptions[centre & ~apart]
    model.fit(learnt["words"], learnt["code"])
    right = [
        float(model.score(tried["words"], tried["code"]))
        for tried in (descriptions[centre & apart], descriptions[~centre & apart])
    ]
    return {"loss between channels": round(100 * (right[0] - right[1]), 1)}


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard it is to code what is written.

    Returns
    -------
    dict
        `nearest_label`, share of the declarations kept apart whose official label with the most
        alike letters is the right sub-class; `dictionary_finds` and `dictionary_right`, shares of
        them whose words stand in the other declarations, and have the code that is the most
        frequent there; `hard_share` of them, which neither finds; `distinct`, different texts over
        declarations; `agreement` and `kappa` of the two coders; `miscoded`, `vague`, `several` and
        `copies`, shares of the declarations.
    """
    descriptions, apart = _apart(twin)
    learnt, tried = descriptions[~apart], descriptions[apart]
    labels = _official_labels()
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    official = letters.fit_transform(labels["label"].map(normalised))
    nearest = (letters.transform(tried["words"]) @ official.T).argmax(axis=1)
    nearest = labels["code"].to_numpy()[np.asarray(nearest).ravel()]
    usual = learnt.groupby("words")["code"].agg(lambda codes: codes.mode()[0])
    found = tried["words"].map(usual)
    by_label, by_words = nearest == tried["code"], found == tried["code"]
    double = twin.tables["double_coding"]
    truth = twin.truth["descriptions"]
    return {
        "nearest_label": float(by_label.mean()),
        "dictionary_finds": float(found.notna().mean()),
        "dictionary_right": float(by_words.mean()),
        "hard_share": float((~by_label & ~by_words).mean()),
        "distinct": descriptions["words"].nunique() / len(descriptions),
        "agreement": float((double["first_code"] == double["second_code"]).mean()),
        "kappa": float(cohen_kappa_score(double["first_code"], double["second_code"])),
        "miscoded": float(truth["type"].eq("miscoded").mean()),
        "vague": float(truth["vague"].mean()),
        "several": float(truth["several"].mean()),
        "copies": float(truth["copy"].mean()),
    }


def _official_labels() -> pd.DataFrame:
    items = pd.read_parquet(course_root() / "datasets" / "naf" / "activities.parquet")
    return items[items["level"] == "subclass"]
