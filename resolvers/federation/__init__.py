"""The federation: which sources to ask, batching, places, cells, merging, order, pages. No GraphQL type here."""
