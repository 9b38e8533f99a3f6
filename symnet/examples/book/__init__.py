"""The experiments of chapter 6 of Nielsen's book, one row each: `python -m symnet chapter6`."""
