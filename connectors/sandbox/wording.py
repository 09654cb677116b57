"""The words from which the sandbox names its places. Nothing here is taken from a real directory."""

from random import Random

from connectors.gazetteer import fold
from connectors.sandbox.places import Street

CHILDCARE_NAMES = (
    "Les Petits Pas",
    "Les Lutins du Parc",
    "La Ronde des Bambins",
    "Les Coquelicots",
    "Pomme de Reinette",
    "Le Jardin des Câlins",
    "Les Premiers Rêves",
    "Le Nid des Moineaux",
    "Croque-Lune",
    "Les Doudous Voyageurs",
    "L'Île aux Enfants",
    "La Coccinelle Bleue",
    "Les Farfadets",
    "Le Petit Navire",
    "Les Galipettes",
    "Trois Petits Tours",
    "Les Hérissons",
    "La Maison des Loupiots",
    "Les Bulles de Savon",
    "Arc-en-Ciel",
    "Le Manège Enchanté",
    "Les Abeilles",
    "Le Petit Bois",
    "Graines de Soleil",
    "Les Écureuils",
)
CRECHE_TYPES = (
    "Crèche",
    "Multi-accueil",
    "Micro-crèche",
    "Crèche associative",
    "Halte-garderie",
    "Crèche familiale",
)
PATRONS = (
    "Saint-Bernard",
    "Sainte-Thérèse",
    "Saint-Éloi",
    "Sainte-Odile",
    "Saint-Exupéry",
    "Saint-Roch",
    "Sainte-Hélène",
    "Saint-Fiacre",
)
QUARTERS = (
    "Nord",
    "Sud",
    "Est",
    "Ouest",
    "Centre",
    "de la Gare",
    "du Lac",
    "des Jardins",
    "du Canal",
    "de la Colline",
)
GIVEN_NAMES = (
    "Camille",
    "Claude",
    "Dominique",
    "Alix",
    "Sacha",
    "Morgan",
    "Maxime",
    "Lou",
    "Charlie",
    "Andréa",
    "Noémie",
    "Hélène",
    "Karim",
    "Aïcha",
    "Thomas",
    "Émile",
    "Zoé",
    "François",
    "Inès",
    "Loïc",
)
FAMILY_NAMES = (
    "Abricot",
    "Bergamote",
    "Bruyère",
    "Capucine",
    "Cerfeuil",
    "Coriandre",
    "Églantine",
    "Estragon",
    "Fougère",
    "Genévrier",
    "Giroflée",
    "Hortensia",
    "Jonquille",
    "Lavandin",
    "Lierre",
    "Marjolaine",
    "Mélèze",
    "Mirabelle",
    "Muguet",
    "Myrtille",
    "Noisetier",
    "Ortie",
    "Pâquerette",
    "Persil",
    "Pivoine",
    "Primevère",
    "Réséda",
    "Romarin",
    "Sarriette",
    "Tilleul",
)
STREET_TYPES = {"rue": "R", "avenue": "AV", "place": "PL", "boulevard": "BD", "allée": "ALL"}
"""Type of a street -> its abbreviation in the Annuaire Santé."""
STREET_NAMES = (
    "de la République",
    "de la Mairie",
    "des Écoles",
    "de l'Église",
    "du Marché",
    "des Tilleuls",
    "du Stade",
    "de la Gare",
    "des Lilas",
    "du Moulin",
    "de la Liberté",
    "des Acacias",
)


def fictif(name: str, *, feminine: bool = False) -> str:
    """A name with the mark that everything generated carries."""
    return f"{name} ({'fictive' if feminine else 'fictif'})"


def shout(text: str) -> str:
    """As administrative files write: capitals, no accents, no punctuation ("Saint-Éloi" -> "SAINT ELOI")."""
    return fold(text).upper()


def post_city(name: str) -> str:
    """A commune's name as La Poste writes it: "Saint-Denis" -> "ST DENIS"."""
    short = {"SAINT": "ST", "SAINTE": "STE"}
    return " ".join(short.get(word, word) for word in shout(name).split())


def slug(text: str) -> str:
    """A text for an e-mail or web address: "Crèche (fictive)" -> "creche-fictive"."""
    return fold(text).replace(" ", "-")


def street(random: Random) -> Street:
    """A street with a generic name."""
    return Street(str(random.randint(1, 98)), random.choice(tuple(STREET_TYPES)), random.choice(STREET_NAMES))
