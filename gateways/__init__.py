"""Who carries a payment outside: accounts at gateways, how one is chosen, and one folder a gateway."""
