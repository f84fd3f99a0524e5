"""What happens to bytes: pictures/ coming in, clips/ going out, container/ for reading them, drawing/ for our own.

Beside them is what several of these need: running FFmpeg, guarding addresses, signing links, keeping files for a time.
"""
