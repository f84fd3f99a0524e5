"""What makes a file a picture that a request can begin or end with, as far as it shows before the file is stored.

For whoever takes pictures from people; judging and storing them is done by `media`.
"""

from __future__ import annotations

from bot.media.pictures.images import BYTE_LIMIT, ENDINGS, check_announced, is_picture

__all__ = ["BYTE_LIMIT", "CONTENT_TYPES", "check_announced", "is_picture"]

CONTENT_TYPES = frozenset(ENDINGS)
"""What Discord calls the types that are taken; it goes by a file's name."""
