"""The clips and pictures that the stand-ins hand out: scenes, painted and rendered. No HTTP."""
