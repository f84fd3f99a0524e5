"""Bringing a finished clip into its channel."""
