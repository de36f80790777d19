"""Pages of the assets floor."""
