"""Money out: payouts, the bank and wallet directory, bank notifications."""
