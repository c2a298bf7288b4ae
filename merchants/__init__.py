"""Merchants, users, members, API keys, authentication."""
