"""Long runs that try to break the promises, and one table of what happened: `make torture`."""
