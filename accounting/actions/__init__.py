"""Verbs of the accounting floor, by room."""
