"""Pages of the ground floor: settings."""
