"""When to ask about a task: what is known of render times, and the looks that follow from it. Pure but for plans.py."""
