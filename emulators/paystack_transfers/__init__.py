"""Paystack's recipients, transfers, balance and banks over the engine, with the keys, the words and the errors of `emulators.paystack`."""
