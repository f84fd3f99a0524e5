"""Handing a job to its provider: who is next, the request, what becomes of one that is not taken, callbacks."""
