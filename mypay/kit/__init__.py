"""What every app builds on and no app is known to: money, time, ids, errors, crypto, due work."""
