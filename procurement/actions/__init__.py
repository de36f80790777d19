"""Verbs of the procurement floor."""
