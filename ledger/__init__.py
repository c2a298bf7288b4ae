"""Buckets and the transfers between them: the one place that moves balances."""
