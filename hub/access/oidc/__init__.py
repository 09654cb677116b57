"""OpenID Connect: people log in where they are known already (Pro Santé Connect, ProConnect, any other provider).

Authorization code with PKCE, state and nonce; what the provider signs is checked against its published keys.
"""
