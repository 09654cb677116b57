"""What the directories of the benchmark hold: fictitious rows, the same ones every time, and the answers they make."""

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

ROWS = 2_000
"""Structures, each with a childcare and a health record."""

PAGE = 20
"""Structures that are asked together."""

PAGES = ROWS // PAGE

CATEGORIES = ("crèche", "centre de santé", "centre social", "médiathèque", "maison des familles")
PRIORITIES = ("santé", "accueil", "logement", "emploi", "éveil", "mobilité")
ACTIONS = ("visites à domicile", "atelier des parents", "journée de vaccination", "permanence", "lecture", "jeux")
SPECIALTIES = ("Pédiatrie", "Médecine générale", "Orthophonie", "Maïeutique", "Psychologie")
CITIES = (("21000", "Dijon"), ("35000", "Rennes"), ("59000", "Lille"), ("29200", "Brest"))
DAYS = ("mon", "tue", "wed", "thu", "fri")


def structures() -> Iterator[dict[str, Any]]:
    """The registry's rows."""
    for number in range(1, ROWS + 1):
        chance = random.Random(number)
        postcode, city = chance.choice(CITIES)
        yield {
            "id": _id(number),
            "name": f"Maison {number} des familles (fictive)",
            "category": chance.choice(CATEGORIES),
            "address": {"street": f"{chance.randint(1, 200)} rue de l’Église", "postcode": postcode, "city": city},
            "lat": round(chance.uniform(43, 50), 6),
            "lng": round(chance.uniform(-1, 7), 6),
            "priorities": chance.sample(PRIORITIES, 3),
            "actions": chance.sample(ACTIONS, 3),
        }


def childcare() -> Iterator[dict[str, Any]]:
    """The childcare directory's rows."""
    for number in range(1, ROWS + 1):
        chance = random.Random(-number)
        yield {
            "id": _id(number),
            "capacity": chance.randint(10, 60),
            "openPlaces": chance.randint(0, 9),
            "ageMinMonths": 3,
            "ageMaxMonths": 48,
            "phone": f"+3399900{number:04}",
            "waitingList": chance.random() < 0.4,
            "updatedAt": "2026-01-05T08:00:00Z",
            "slots": [
                {"day": day, "start": "08:00", "end": "18:00", "places": chance.randint(0, 5)}
                for day in chance.sample(DAYS, 3)
            ],
        }


def health() -> Iterator[dict[str, Any]]:
    """The health directory's rows: FHIR HealthcareServices."""
    for number in range(1, ROWS + 1):
        chance = random.Random(ROWS + number)
        yield {
            "resourceType": "HealthcareService",
            "id": _id(number),
            "active": True,
            "name": f"Consultation {number}",
            "comment": "Sur rendez-vous, au rez-de-chaussée.",
            "appointmentRequired": chance.random() < 0.5,
            "telecom": [
                {"system": "phone", "value": f"+3399901{number:04}"},
                {"system": "email", "value": f"c{number}@example.org"},
            ],
            "specialty": [{"text": text} for text in chance.sample(SPECIALTIES, 2)],
            "availableTime": [
                {
                    "daysOfWeek": chance.sample(DAYS, 2),
                    "availableStartTime": "09:00:00",
                    "availableEndTime": "17:00:00",
                }
            ],
        }


def organization(finess: str) -> dict[str, Any]:
    """An establishment of the Annuaire Santé, in its FHIR profile; its FINESS number is all that tells it apart."""
    terminology = "https://mos.esante.gouv.fr/NOS/TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
    return {
        "resourceType": "Organization",
        "id": f"001-01-{finess}",
        "meta": {"versionId": "2", "lastUpdated": "2026-01-05T08:00:00.000+00:00"},
        "identifier": [
            {"use": "official", "system": "https://finess.esante.gouv.fr", "value": finess},
            {"use": "official", "system": "https://sirene.fr", "value": f"{finess}00011"},
        ],
        "active": True,
        "type": [
            {
                "coding": [
                    {"system": terminology, "code": "223", "display": "Protection Maternelle et Infantile (P.M.I.)"}
                ]
            }
        ],
        "name": f"CENTRE DE PMI {finess} (FICTIF)",
        "alias": [f"PMI {finess}"],
        "telecom": [
            {"system": "phone", "value": "0399900001"},
            {"system": "email", "value": f"pmi{finess}@example.org"},
        ],
        "address": [{"line": ["12 RUE DE L'EGLISE", "21000 DIJON"], "city": "DIJON", "postalCode": "21000"}],
    }


@cache
def board(page: int, size: int = PAGE) -> dict[str, Any]:
    """The data that every gateway must answer for a page of structures."""
    rows = list(zip(structures(), childcare(), health(), strict=True))[page * size : (page + 1) * size]
    told = [
        {**structure, "childcare": care, "health": {k: v for k, v in service.items() if k != "resourceType"}}
        for structure, care, service in rows
    ]
    return {"data": {"structures": told}}


def _id(number: int) -> str:
    return f"s{number:05}"
