"""How to speak to a vendor: one module each, one JSON client, and the choice between them."""
