"""The controls of the simulated world: scenarios and the merchant's clock."""
