"""What operators do to the whole: keys, personal data, old rows. Each has a command of its own (docs/operations.md)."""
