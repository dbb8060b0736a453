"""The language in which the course speaks to trainees.

Texts stand in English in the source, marked by `_` and `ngettext`, and in the words of checks
(`checks/PART/SLUG.yml`), with named places that `.format` fills. Their catalogue is
`locale/LANGUAGE/LC_MESSAGES/ssplab.mo`, its language that of the variables `LANGUAGE`, `LC_ALL`,
`LC_MESSAGES`, `LANG`; without one, English is shown. A translator starts from
`pybabel extract --mapping-file pyproject.toml --output ssplab.pot .`.
"""

import gettext
from pathlib import Path

translations = gettext.translation("ssplab", Path(__file__).parents[1] / "locale", fallback=True)


def _(message: str) -> str:
    """Return a text in the user's language."""
    return translations.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form of a text that goes with a number, in the user's language."""
    return translations.ngettext(singular, plural, number)
