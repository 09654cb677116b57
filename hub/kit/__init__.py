"""The kit of who was registered: the logo, the charter of its use, and an attestation that can be verified."""
