"""The large sites of the practice web, one module each, which binds `SITE`."""

import importlib

MODULES = (
    "ssplab.web.sites.fleuve_emploi",
    "ssplab.web.sites.cadres_et_metiers",
    "ssplab.web.sites.jobflux",
    "ssplab.web.sites.guichet_emploi",
    "ssplab.web.sites.petites_annonces",
    "ssplab.web.sites.interim_express",
    "ssplab.web.sites.panier_clair",
    "ssplab.web.sites.statistique",
    "ssplab.web.sites.trouvetout",
)


def site_named(name: str):
    """Return a site by its name, such as `interim-express`."""
    return next(site for site in all_sites() if site.name == name)


def all_sites():
    """Return the sites, in the order of the index."""
    return [importlib.import_module(name).SITE for name in MODULES]
