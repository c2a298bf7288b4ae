"""Payments that a gateway carries: begun, looked up, heard of, captured and refunded there."""
