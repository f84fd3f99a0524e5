"""HTTP coming in: health, metrics, and the pictures a provider fetches."""
