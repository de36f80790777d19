"""Pages of the financing floor."""
