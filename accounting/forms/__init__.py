"""Forms of the accounting floor, by room."""
