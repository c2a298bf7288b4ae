"""Money in: checkouts, payments, refunds, disputes, settlement."""
