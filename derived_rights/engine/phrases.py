"""The parts of sentences: days, periods, numbers, places and amounts, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attestations.codes import LANGUAGES

Text: TypeAlias = Mapping[str, str]


def texts(*by_language: str) -> Text:
    """French, Dutch, German, English."""
    return dict(zip(LANGUAGES, by_language, strict=True))


# A period with both ends, without a known end, without a known beginning, or with neither.
PERIOD: Mapping[str, Text] = {
    "fromTo": texts(
        "du {first} au {last}",
        "van {first} tot en met {last}",
        "vom {first} bis zum {last}",
        "from {first} to {last}",
    ),
    "from": texts("depuis le {first}", "vanaf {first}", "ab dem {first}", "since {first}"),
    "To": texts("jusqu'au {last}", "tot en met {last}", "bis zum {last}", "until {last}"),
    "": texts("toujours", "altijd", "immer", "always"),
}

AS_RELATION: Text = texts(
    " comme {relations}", " als {relations}", " als {relations}", " as {relations}"
)

DAY: Text = texts(
    "{day} {month} {year}", "{day} {month} {year}", "{day}. {month} {year}", "{day} {month} {year}"
)

MONTHS: Mapping[str, list[str]] = {
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}

# A number of months or days: one, and several.
LENGTHS: Mapping[str, tuple[Text, Text]] = {
    "months": (
        texts("{number} mois", "{number} maand", "{number} Monat", "{number} month"),
        texts("{number} mois", "{number} maanden", "{number} Monate", "{number} months"),
    ),
    "days": (
        texts("{number} jour", "{number} dag", "{number} Tag", "{number} day"),
        texts("{number} jours", "{number} dagen", "{number} Tage", "{number} days"),
    ),
}

AT_LEAST_AGED: Text = texts(
    "{years} ans ou plus", "{years} jaar of ouder", "ab {years} Jahren", "{years} years or older"
)
AGED_BELOW: Text = texts(
    "moins de {years} ans", "jonger dan {years} jaar", "unter {years} Jahren", "under {years} years"
)

AREAS: Mapping[str, Text] = {
    "flanders": texts("Région flamande", "Vlaams Gewest", "Flämische Region", "Flemish Region"),
    "wallonia": texts("Région wallonne", "Waals Gewest", "Wallonische Region", "Walloon Region"),
    "brussels": texts(
        "Région de Bruxelles-Capitale",
        "Brussels Hoofdstedelijk Gewest",
        "Region Brüssel-Hauptstadt",
        "Brussels-Capital Region",
    ),
    "germanCommunity": texts(
        "Communauté germanophone",
        "Duitstalige Gemeenschap",
        "Deutschsprachige Gemeinschaft",
        "German-speaking Community",
    ),
}

PER_UNIT: Mapping[str, Text] = {
    "month": texts("par mois", "per maand", "je Monat", "per month"),
    "year": texts("par an", "per jaar", "je Jahr", "per year"),
}

OF_UNIT: Mapping[str, Text] = {
    "month": texts("du mois", "de maand", "des Monats", "the month"),
    "quarter": texts("du trimestre", "het kwartaal", "des Quartals", "the quarter"),
    "year": texts("de l'année", "het jaar", "des Jahres", "the year"),
}

EUROS: Text = texts("{euros} €", "€ {euros}", "{euros} €", "€{euros}")
# Between thousands, and before the cents; a no-break space in French.
EURO_MARKS: Mapping[str, tuple[str, str]] = {
    "fr": ("\u00a0", ","),
    "nl": (".", ","),
    "de": (".", ","),
    "en": (",", "."),
}
