"""What the GraphQL API says, and the federation itself. Knows nothing of the HTTP server."""
