"""How rows are kept. The only room with SQL."""
