"""Programs that show how symnet is used; `python -m symnet` runs them."""
