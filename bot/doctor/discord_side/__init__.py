"""What is asked of Discord: the token, the application, the gateway, and the rights in each server."""
