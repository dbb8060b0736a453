"""The firms of the practice web: which have a site, what stands on it, and who else writes of them.

The firms are the active companies of ten employees and more of the twin `employers`. Their sites,
the directories and the rest are drawn here, from the identifier of each firm and the world's seed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

import pandas as pd

from ssplab.web.site import slug
from ssplab.web.world import World

FORMS = {
    "5202": "SNC", "5458": "SCOP", "5485": "SELARL", "5498": "EURL", "5499": "SARL", "5599": "SA",
    "5710": "SAS", "5720": "SASU",
}  # fmt: skip
FORM_WORDS = {"sarl", "sas", "sasu", "eurl", "snc", "sa", "scop", "selarl", "ets", "et", "cie"}
TEN = {"11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53"}
HAS_SITE = {"11": 0.55, "12": 0.7, "21": 0.8}  # by size band; the larger ones: 0.9
NETWORK_OF = 3  # firms that share a sign are shown on its network's site
DIRECTORIES = {  # host: share of firms that it lists, whether it shows the identifier
    "fiches-entreprises": (1, True),
    "registre-ouvert": (0.85, True),
    "pages-locales": (0.7, False),
    "reseau-pro": (0.4, False),
    "gazette-eco": (0.2, False),
}
NOTICES = {  # how the legal notice of an own site gives the identifier
    "spaced": 0.27, "plain": 0.17, "siret": 0.2, "vat": 0.11, "misprint": 0.05, "parent": 0.05,
    "none": 0.15,
}  # fmt: skip
DOMAINS = {  # what the name of an own site is made of
    "name": 0.42, "name and town": 0.13, "main word": 0.17, "initials": 0.13, "coined": 0.15,
}  # fmt: skip
WITH_AGENCY, WITH_NUMBER = 0.3, 0.4  # legal notices that name the web agency, an insurance number
AGENCIES = ("Pixelune", "Toile & Co", "Clic Atelier", "Webord", "Studio Navette", "Hebergis")
HOMONYM, PARKED, REFERRED = 0.12, 0.08, 0.12  # of the firms
CLOSED = 0.04  # of the small sites, to all robots
PAUSES = {1: 0.6, 2: 0.2, 0: 0.2}  # seconds that their robots.txt ask for; 0: none asked for
UNINDEXED = 0.35  # legal notices that the search does not know
MOST = 10  # results of a search
ALIKE = 0.3  # of the best result's score: what is less alike is not shown
SYLLABLES = ("ka", "lo", "ven", "tis", "mo", "ra", "dex", "nor", "eo", "via", "lu", "pra")


class Firm(NamedTuple):
    """A firm, as the register has it."""

    siren: str
    siret: str
    name: str
    sign: str
    form: str
    band: str
    street: str
    postcode: str
    town: str
    since: int

    @property
    def core(self) -> list[str]:
        """The words of its name, without legal forms, in small letters without accents."""
        words = slug(self.name).split("-")
        return [word for word in words if word not in FORM_WORDS] or words


class Page(NamedTuple):
    """A page of a small site."""

    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    """Paths and what the links say."""
    extract: str = ""
    """What the search shows of it."""


class Result(NamedTuple):
    """What the search answers."""

    rank: int
    host: str
    path: str
    title: str
    extract: str


def luhn_digit(digits: str) -> str:
    """Return the digit that, put behind digits, satisfies Luhn's rule."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def vat_of(siren: str) -> str:
    """Return the French number for value added tax of an enterprise."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def spaced(number: str, blank: str = " ") -> str:
    """Return a SIREN or SIRET in groups, as people write it."""
    groups = [number[:3], number[3:6], number[6:9], number[9:]]
    return blank.join(group for group in groups if group)


def named(text: str) -> str:
    """Return a name of the register as it stands on a site: with capitals where words begin."""
    return text.title()


class SmallWeb:
    """The small sites around the firms of a register, and a search over them.

    Parameters
    ----------
    enterprises, establishments : DataFrame
        As the tables of `employers`.
    draw : callable
        Gives a number from 0 to 1 that depends on its arguments only.
    """

    def __init__(
        self,
        enterprises: pd.DataFrame,
        establishments: pd.DataFrame,
        draw: Callable[..., float],
    ):
        self._draw = draw
        self.firms = {firm.siren: firm for firm in _firms(enterprises, establishments)}
        self._everybody = list(self.firms.values())
        self._sirens = set(enterprises["siren"])
        self.sites: dict[str, dict[str, Page]] = {}
        """Pages by host and path."""
        self.hosts: dict[str, str] = {}
        """Kind of each host: `own`, `homonym`, `parked`, `network`, `directory`."""
        self._own: dict[str, tuple[str, str, str]] = {}
        self._unindexed: set[tuple[str, str]] = set()
        self._agencies = [self._invented("agency", name) for name in AGENCIES]
        for firm in self._everybody:
            if self._draw("site", firm.siren) < HAS_SITE.get(firm.band, 0.9):
                self._add_own(firm)
        for firm in self._everybody:
            self._add_homonym(firm)
            self._add_parked(firm)
        self._add_networks()
        self._add_directories()
        self._add_references()

    @property
    def own_sites(self) -> pd.DataFrame:
        """What is planted: of each firm the host that is its own, and how that is told there.

        One row a firm: `host` (missing where it has none), `domain` (what the host's name is made
        of), `notice` (how the legal notice gives the identifier).
        """
        rows = [self._own.get(siren, (None, None, None)) for siren in self.firms]
        columns = ["host", "domain", "notice"]
        index = pd.Index(self.firms, name="siren")
        return pd.DataFrame(rows, index=index, columns=columns, dtype="str")

    def pause_of(self, host: str) -> int:
        """Return the seconds that a host's robots.txt asks for; 0 if it asks for none."""
        return 1 if self.hosts[host] == "directory" else self._pick(PAUSES, "pause", host)

    def is_closed(self, host: str) -> bool:
        """Return whether a host's robots.txt closes it to all robots."""
        return self.hosts[host] != "directory" and self._draw("closed", host) < CLOSED

    def search(self, query: str, most: int = MOST) -> list[Result]:
        """Return the pages that share words with a query, the best first, one a host at most."""
        scores: Counter = Counter()
        postings, pages = self._index
        for word in dict.fromkeys(_words(query)):
            for number, weight in postings.get(word, ()):
                scores[number] += weight
        best = max(scores.values(), default=0)
        results: dict[str, Result] = {}
        for number, score in scores.most_common():
            host, path = pages[number]
            if len(results) == most or score < ALIKE * best:
                break
            if host not in results:
                page = self.sites[host][path]
                results[host] = Result(len(results) + 1, host, path, page.title, page.extract)
        return list(results.values())

    # What stands on the sites

    def _add_own(self, firm: Firm) -> None:
        """Give a firm its own site."""
        kind = self._pick(DOMAINS, "domain", firm.siren)
        host = self._free(self._domain(firm, kind), firm)
        notice = self._pick(NOTICES, "notice", firm.siren)
        called = named(firm.sign or " ".join(firm.core))
        if kind == "coined":
            called = host.capitalize()
        legal, label = [("/mentions-legales", "Mentions légales"),
                        ("/informations-legales", "Informations légales"),
                        ("/legal", "Légal")][int(self._draw("path", firm.siren) * 3)]  # fmt: skip
        welcome = f"{called} vous accueille à {named(firm.town)} depuis {firm.since}."
        home = Page(
            f"{called}, {named(firm.town)}",
            (
                welcome,
                "Devis gratuit, réponse sous deux jours.",
                f"Téléphone : {self._phone(firm)}",
            ),
            ((legal, label), ("/contact", "Contact")),
            welcome,
        )
        contact = Page(
            f"Contact : {called}",
            (f"{firm.street}, {firm.postcode} {firm.town}", f"Téléphone : {self._phone(firm)}"),
            (("/", "Accueil"),),
        )
        lines = self._notice(firm, notice)
        page = Page(f"{label} : {called}", tuple(lines), (("/", "Accueil"),), lines[0])
        self._put(host, "own", {"/": home, legal: page, "/contact": contact})
        self._unindexed.add((host, "/contact"))
        self._unindexed.add((host, legal))
        self._own[firm.siren] = (host, kind, notice)

    def _notice(self, firm: Firm, notice: str) -> list[str]:
        """Return the lines of a legal notice."""
        draw = self._draw
        blank = [" ", " ", "\u00a0", "."][int(draw("blank", firm.siren) * 4)]
        number = {
            "spaced": f"SIREN : {spaced(firm.siren, blank)}",
            "plain": f"RCS {named(firm.town)} {firm.siren}",
            "siret": f"SIRET : {spaced(firm.siret, blank if blank != '.' else '')}",
            "vat": f"Numéro de TVA : {_vat_text(firm.siren, draw('vat', firm.siren) < 0.5)}",
            "misprint": f"SIREN : {spaced(self._misprinted(firm.siren), blank)}",
            "parent": f"Groupe immatriculé sous le numéro {spaced(self._invented(firm.siren))}",
            "none": "Société immatriculée au registre du commerce.",
        }[notice]
        # Legal names, the same without the legal form, or what the firm goes by.
        core = named(" ".join(firm.core))
        publisher = [firm.name, core, named(firm.sign) or core][int(draw("called", firm.siren) * 3)]
        lines = [
            f"Ce site est édité par {publisher}.",
            f"Siège : {firm.street}, {firm.postcode} {firm.town}",
            number,
        ]
        if draw("number", firm.siren) < WITH_NUMBER:
            chance = f"{int(draw('chance', firm.siren) * 900_000_000) + 100_000_000}"
            lines.append(f"Assurance professionnelle : contrat {spaced(chance)}")
        if draw("agency", firm.siren) < WITH_AGENCY:
            which = int(draw("which agency", firm.siren) * len(AGENCIES))
            agency = f"{AGENCIES[which]}, SIREN {spaced(self._agencies[which])}"
            lines.append(f"Conception et hébergement : {agency}")
        return lines

    def _add_homonym(self, firm: Firm) -> None:
        """Give a firm's name to somebody elsewhere who is in no register, for some."""
        if self._draw("homonym", firm.siren) >= HOMONYM:
            return
        town = self._everybody[int(self._draw("elsewhere", firm.siren) * len(self.firms))].town
        host = self._free("-".join(firm.core[:3]), firm)
        called = named(" ".join(firm.core))
        welcome = f"{called}, votre partenaire à {named(town)} et dans la région."
        registered = self._draw("registered", firm.siren) < 0.6
        number = f"SIREN : {spaced(self._invented('homonym', firm.siren))}"
        lines = (f"Ce site est édité par {called}, {named(town)}.", number if registered else "")
        legal = Page(
            f"Mentions légales : {called}", tuple(filter(None, lines)), (("/", "Accueil"),)
        )
        home = Page(
            f"{called}, {named(town)}", (welcome,), (("/mentions-legales", "Mentions légales"),),
            welcome,
        )  # fmt: skip
        self._put(host, "homonym", {"/": home, "/mentions-legales": legal})
        self._unindexed.add((host, "/mentions-legales"))

    def _add_parked(self, firm: Firm) -> None:
        """Let somebody hold a domain of a firm's name, to sell it."""
        share = PARKED / 2 if firm.siren in self._own else PARKED
        if self._draw("parked", firm.siren) >= share:
            return
        host = self._free("".join(firm.core[:3]), firm)
        told = f"Le domaine {host}.example est à vendre. Faites une offre."
        self._put(host, "parked", {"/": Page(f"{named(' '.join(firm.core))} : domaine à vendre",
                                             (told,), (), told)})  # fmt: skip

    def _add_networks(self) -> None:
        """Let a network show the firms that run its outlets."""
        signs = Counter(firm.sign for firm in self._everybody if firm.sign)
        for sign in sorted(sign for sign, number in signs.items() if number >= NETWORK_OF):
            members = [firm for firm in self._everybody if firm.sign == sign]
            host = self._free(slug(sign), members[0])
            pages = {"/": Page(f"{named(sign)} : tous nos magasins", (f"{named(sign)} en France.",),
                               (), f"{named(sign)} en France.")}  # fmt: skip
            for firm in members:
                told = f"{named(sign)} {named(firm.town)}, exploité par {firm.name}."
                lines = (told, f"{firm.street}, {firm.postcode} {firm.town}",
                         f"SIREN {spaced(firm.siren)}")  # fmt: skip
                title = f"{named(sign)} {named(firm.town)}"
                pages[f"/magasins/{firm.siren}"] = Page(title, lines, (("/", "Accueil"),), told)
            self._put(host, "network", pages)

    def _add_directories(self) -> None:
        """Let the directories list firms, each with those of its neighbours in the register."""
        for host, (share, shows_number) in DIRECTORIES.items():
            pages = {"/": Page(host, ("Un annuaire d’entreprises.",))}
            for place, firm in enumerate(self._everybody):
                if self._draw(host, firm.siren) >= share:
                    continue
                told = f"{firm.name}, {firm.postcode} {firm.town}"
                lines = [told, f"{firm.street}"]
                if shows_number:
                    beside = self._everybody[place - 1]
                    lines.append(f"SIREN {spaced(firm.siren)}, SIRET {spaced(firm.siret)}")
                    lines.append(f"À voir aussi : {beside.name}, SIREN {spaced(beside.siren)}")
                path = f"/entreprise/{slug(firm.name)}-{int(self._draw('id', firm.siren) * 10**8)}"
                extract = f"{told} {lines[2]}" if shows_number else told
                pages[path] = Page(f"{firm.name} à {named(firm.town)}", tuple(lines), (), extract)
            self._put(host, "directory", pages)

    def _add_references(self) -> None:
        """Let suppliers name their customers, some with the identifier."""
        owners = [(siren, host) for siren, (host, _, _) in self._own.items()]
        for firm in self._everybody:
            if self._draw("referred", firm.siren) >= REFERRED:
                continue
            siren, host = owners[int(self._draw("supplier", firm.siren) * len(owners))]
            if siren == firm.siren:
                continue
            told = f"Notre client {firm.name}, {named(firm.town)}"
            lines = (told, f"Immatriculé sous le numéro {spaced(firm.siren)}")
            lines = lines if self._draw("numbered", firm.siren) < 0.7 else (told,)
            called = self.sites[host]["/"].title
            path = f"/references/{slug(firm.name)}"
            links = (("/", "Accueil"),)
            self.sites[host][path] = Page(f"{firm.name}, référence de {called}", lines, links, told)

    # Draws

    def _pick(self, shares: dict, *about: object):
        drawn = self._draw(*about) * sum(shares.values())
        for value, share in shares.items():
            drawn -= share
            if drawn < 0:
                return value
        return value

    def _invented(self, *about: object) -> str:
        """Return an identifier that satisfies Luhn's rule and is in no register."""
        attempt = 0
        while True:
            eight = f"98{int(self._draw('invented', attempt, *about) * 10**6):06d}"
            siren = eight + luhn_digit(eight)
            if siren not in self._sirens:
                return siren
            attempt += 1

    def _misprinted(self, siren: str) -> str:
        """Return an identifier with one digit wrong."""
        place = 2 + int(self._draw("place", siren) * 7)
        step = 1 + int(self._draw("step", siren) * 9)
        return f"{siren[:place]}{(int(siren[place]) + step) % 10}{siren[place + 1 :]}"

    def _phone(self, firm: Firm) -> str:
        four = f"{int(self._draw('phone', firm.siren) * 10_000):04d}"
        return f"01 99 00 {four[:2]} {four[2:]}"

    def _domain(self, firm: Firm, kind: str) -> str:
        core = firm.core
        if kind == "name":
            joint = "-" if self._draw("hyphen", firm.siren) < 0.6 else ""
            return joint.join(core[:4])
        if kind == "name and town":
            return "-".join([*core[:3], *slug(firm.town).split("-")[:1]])
        if kind == "main word":
            return slug(firm.sign) if firm.sign else max(core, key=len)
        if kind == "initials":
            return "".join(word[0] for word in core[:4]) + firm.postcode[:2]
        picks = [int(self._draw("syllable", place, firm.siren) * 12) for place in range(3)]
        return "".join(SYLLABLES[pick] for pick in picks)

    def _free(self, wanted: str, firm: Firm) -> str:
        """Return a host that nobody has yet."""
        town = slug(firm.town).split("-")[0]
        wanted = wanted[:50].strip("-")
        for host in (wanted, f"{wanted}-{town}", f"{wanted}-{firm.postcode[:2]}"):
            if host not in self.hosts and len(host) > 2:
                return host
        return f"{wanted}-{firm.siren[2:8]}"

    def _put(self, host: str, kind: str, pages: dict[str, Page]) -> None:
        self.hosts[host] = kind
        self.sites[host] = pages

    # The search

    @cached_property
    def _index(self) -> tuple[dict[str, list[tuple[int, float]]], list[tuple[str, str]]]:
        """Words with the numbers of the pages that hold them and their weight there; the pages."""
        postings: dict[str, list[tuple[int, float]]] = {}
        pages = []
        for host, path, text in self._texts():
            number = len(pages)
            pages.append((host, path))
            title = set(_words(self.sites[host][path].title))
            liked = self._liked(host, path)
            for word in sorted({*title, *_words(text)}):
                weight = liked if word in title else 0.7 * liked
                postings.setdefault(word, []).append((number, weight))
        rare = {
            word: [(number, weight / len(where) ** 0.5) for number, weight in where]
            for word, where in postings.items()
        }
        return rare, pages

    def _texts(self) -> Iterator[tuple[str, str, str]]:
        """Yield each page that the search knows, with the text by which it finds it."""
        notices = {host: siren for siren, (host, _, _) in self._own.items()}
        for host, pages in self.sites.items():
            for path, page in pages.items():
                if (host, path) in self._unindexed:
                    continue
                text = " ".join(page.lines)
                if path == "/" and host in notices:
                    siren = notices[host]
                    if self._draw("indexed", siren) >= UNINDEXED:
                        firm = self.firms[siren]
                        text = f"{text} {firm.name} {firm.town}"
                yield host, path, text

    def _liked(self, host: str, path: str) -> float:
        """Return how much the search likes a page: directories, which have all words, less."""
        liked = 0.75 if self.hosts[host] == "directory" else 1
        return liked * (0.8 + 0.4 * self._draw("liked", host, path))


@lru_cache(maxsize=2)  # the same for all visitors of a workshop
def small_web_of(world: World) -> SmallWeb:
    """Return the small sites of a world."""
    register = world.register
    return SmallWeb(register["enterprises"], register["establishments"], world.draw)


def _words(text: str) -> list[str]:
    return [word for word in slug(text).split("-") if len(word) > 1]


def _vat_text(siren: str, in_one: bool) -> str:
    number = vat_of(siren)
    return number if in_one else f"{number[:2]} {number[2:4]} {spaced(siren)}"


def _firms(enterprises: pd.DataFrame, establishments: pd.DataFrame) -> Iterator[Firm]:
    """Yield the active companies of ten employees and more, in the order of their identifiers."""
    is_asked = (
        enterprises["etatAdministratifUniteLegale"].eq("A")
        & enterprises["categorieJuridiqueUniteLegale"].isin(list(FORMS))
        & enterprises["trancheEffectifsUniteLegale"].isin(TEN)
        & enterprises["denominationUniteLegale"].notna()
    )
    offices = establishments[establishments["etablissementSiege"]]
    both = enterprises[is_asked].merge(offices, on="siren", validate="one_to_one")
    both = both.sort_values("siren")
    sign = both["denominationUsuelle1UniteLegale"].fillna(both["enseigne1Etablissement"])
    street = (
        both[["numeroVoieEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement"]]
        .fillna("")
        .agg(" ".join, axis=1)
        .str.strip()
    )
    columns = [
        both["siren"], both["siret"], both["denominationUniteLegale"], sign.fillna(""),
        both["categorieJuridiqueUniteLegale"].map(FORMS), both["trancheEffectifsUniteLegale"],
        street, both["codePostalEtablissement"], both["libelleCommuneEtablissement"],
        both["dateCreationUniteLegale"].dt.year,
    ]  # fmt: skip
    for values in zip(*(column.tolist() for column in columns), strict=True):
        yield Firm(*values)
