"""A small world behind the practice web, and a patient visitor."""

from email.utils import parsedate_to_datetime

import httpx
import pandas as pd

from ssplab.web import Web, World

SITES = (
    "fleuve-emploi", "cadres-et-metiers", "jobflux", "guichet-emploi", "petites-annonces",
    "interim-express",
)  # fmt: skip
DAY = "2023-04-10"
POLITE = "cours-statistique/1.0 (+mailto:equipe@statistique-publique.example)"


def ads(each: int = 45) -> pd.DataFrame:
    """Ads on six sites, of which two thirds are shown on `DAY`, one is gone and one will come."""
    rows = []
    for site_number, site in enumerate(SITES):
        for number in range(each):
            first = pd.Timestamp("2023-03-20") + pd.Timedelta(days=number % 30)
            rows.append(
                {
                    "ad_id": f"A{site_number * 1000 + number:07d}",
                    "site": site,
                    "reference": f"R{site_number}{number:04d}",
                    "title": f"Boulanger pâtissier (H/F) n° {number}",
                    "company": None if number % 7 == 0 else "Fournil du Val & Fils",
                    "description": "Vous préparez le pain <maison>.\nDu mardi au samedi, 35 h.",
                    "location": ("Lyon (69)", "44000 NANTES", "Région lilloise")[number % 3],
                    "contract": "CDI" if number % 2 else "CDD 6 mois",
                    "salary": None if number % 5 == 0 else "25\u00a0000 € à 30\u00a0000 € / an",
                    "occupation": "Métiers de bouche" if number % 2 else "Artisanat d'art",
                    "published": first,
                    "first_seen": first,
                    "last_seen": first + pd.Timedelta(days=20),
                    "apply_by": first + pd.Timedelta(days=18) if number % 4 == 0 else pd.NaT,
                    "salary_min": 25_000.0 if number % 5 else None,
                    "salary_max": 30_000.0 if number % 5 else None,
                    "salary_unit": "YEAR" if number % 5 else None,
                }
            )
    return pd.DataFrame(rows)


def market() -> pd.DataFrame:
    """Vacancies by family of occupations, region and month."""
    return pd.DataFrame(
        {
            "family": ["D", "D", "K", "K"],
            "region": ["84", "52", "84", "52"],
            "month": pd.to_datetime(["2023-03-01", "2023-03-01", "2023-04-01", "2023-04-01"]),
            "vacancies": [120, 80, 150, 90],
            "executives": [10, 0, 30, 20],
        }
    )


def world(**options) -> World:
    return World(ads(), market=market(), **options)


def wait(web: Web, told: str) -> float:
    """Return the seconds to wait that Retry-After asks for, a number or a date."""
    if told.isdigit():
        return float(told)
    until = parsedate_to_datetime(told).replace(tzinfo=None)
    return (until - web.now).total_seconds()


def ask(web: Web, client: httpx.Client, address: str, **options) -> httpx.Response:
    """Ask as a polite robot does: pauses, and patience with a site in trouble."""
    for _ in range(6):
        web.sleep(6)
        try:
            answer = client.get(address, **options)
        except httpx.RemoteProtocolError:  # the answer broke off
            continue
        if answer.status_code not in (429, 503):
            return answer
        web.sleep(wait(web, answer.headers["retry-after"]))
    raise AssertionError(f"{address} never answered")
