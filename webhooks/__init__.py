"""Events: facts that happened, for whoever listens."""
