"""Who asks: API keys for programs, OpenID Connect for people, sessions for browsers, all in one database of their own.

    request ─┬─ Authorization: Bearer <key> ── keys ──────┐
             └─ cookie ── sessions ── accounts ───────────┴─ Caller (resolvers/access.py)

Every question looks the key or session up, in tens of microseconds: what was revoked is worth nothing any more at the
next request, in every process.
"""
