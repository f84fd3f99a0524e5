"""What has been made: clip files, stills, fitting, history, votes, and clearing up."""
