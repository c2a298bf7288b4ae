"""Razorpay: its wire, its client, its connector."""
