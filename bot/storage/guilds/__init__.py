"""What the moderators of a server have set, whom they have blocked, and what was noted of it."""
