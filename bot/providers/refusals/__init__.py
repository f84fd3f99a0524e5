"""What a provider's words and codes mean when something went wrong. No vendor's field or address belongs here."""
