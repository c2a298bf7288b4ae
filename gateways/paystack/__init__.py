"""Paystack's wire."""
