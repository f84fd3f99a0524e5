"""Letters: what of them is kept, and how text is folded for a search."""
