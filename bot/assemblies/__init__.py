"""What is put together from several clips: takes side by side, brainstorms, reels."""
