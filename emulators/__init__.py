"""The vendors' own APIs over the engine, one folder a vendor."""
