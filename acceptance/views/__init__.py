"""Pages of the acceptance floor."""
