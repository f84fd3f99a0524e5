"""What happens to a request, in our own terms."""
