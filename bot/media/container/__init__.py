"""Reading the bytes of a clip's file: boxes, tracks, times, shapes. Nothing here decodes, writes or runs a program."""
