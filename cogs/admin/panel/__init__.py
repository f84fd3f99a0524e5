"""/admin panel: one private message in which those who manage a server see and change all that it has decided."""
