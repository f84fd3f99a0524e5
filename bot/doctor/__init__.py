"""`python -m bot doctor`: what is wrong with an installation, and what to do. Spends nothing, changes nothing."""
