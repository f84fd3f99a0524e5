"""How to speak to a vendor: one package each, what all of them share, and the choice between them."""
