"""Razorpay and RazorpayX over the engine."""
