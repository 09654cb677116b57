"""Policies that hold for every directory alike: each a Connector around a Connector."""
