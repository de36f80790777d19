"""Pages of the procurement floor."""
