"""Pictures of our own: contact sheets, cards and the writing on them. No member's picture and no clip is read here."""
