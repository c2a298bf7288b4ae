"""The merchant portal and the landing page."""
