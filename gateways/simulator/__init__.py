"""The built-in simulator, as a gateway among the others."""
