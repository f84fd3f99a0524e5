"""Steps that are due: when each runs, that it runs once, and what a failure of it means. No job, no Discord."""
