"""What was done, by whom, tamper-evident."""
