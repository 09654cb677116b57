"""The types of the API: names, descriptions, and the functions that give each field its value."""
