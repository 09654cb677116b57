"""SQLite, for the two databases that the hub keeps: the registry, and the links between records."""
