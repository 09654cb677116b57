"""Webhooks: changes sent to partners, signed, in order, at least once (Standard Webhooks)."""
