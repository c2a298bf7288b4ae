"""Paystack over the engine: transactions, charges, refunds and the hosted page."""
