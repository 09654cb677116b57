"""Subscriptions: over a WebSocket (graphql-transport-ws) or as Server-Sent Events (GraphQL over SSE)."""
