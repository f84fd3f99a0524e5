"""Buttons and messages: how things look in Discord. Nothing here decides anything."""
