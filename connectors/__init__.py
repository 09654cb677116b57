"""How a directory is reached: its wire format in, typed records out. Knows nothing of GraphQL."""
