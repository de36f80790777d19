"""Nouns of the accounting floor: what the bank says, what the books say, and what is reported."""
