"""The process: configuration, composition, command line, GraphQL over HTTP, pages."""
