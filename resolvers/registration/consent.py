"""What is agreed to by who registers: the text, by its version, which is kept with the registration (RGPD, art. 7)."""

from typing import Final

VERSION: Final = "2026-11"
"""Version of the text in force: another one whenever a word of it changes."""

TEXT: Final = (
    "J’accepte que les informations de cet enregistrement soient conservées pour être vérifiées, puis, une fois "
    "validées, publiées sur la carte des 1000 premiers jours en action et dans ses données. Les coordonnées que je "
    "n’ai pas rendues publiques ne sont vues que de moi et des modérateurs du programme ; l’adresse de mon domicile "
    "n’est montrée que si je l’ai demandé. Je peux à tout moment consulter, rectifier, retirer ou faire effacer cet "
    "enregistrement. Un brouillon auquel je ne touche pas est supprimé après six mois."
)
