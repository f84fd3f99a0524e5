"""The status message of a job: what it says, when that changes, and how it gets into the channel."""
