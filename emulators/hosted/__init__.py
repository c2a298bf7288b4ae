"""The hosted payment page of every vendor that has one. A vendor hands in its own `Visit` and how to find it, and gets the pages."""
