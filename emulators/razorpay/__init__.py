"""Razorpay over the engine: orders, payments, refunds, links and the checkout."""
