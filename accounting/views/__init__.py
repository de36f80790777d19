"""Pages of the accounting floor, by room."""
