"""Setting lines of users' text in the fonts that are installed on this machine.

What no font here can draw is left out, never drawn as boxes: the message beside the picture carries every text anyway.
Where text goes on a picture is sheets.py and cards.py. Blocking, and not for several threads at once: make one Type for
each picture.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageDraw, ImageFont, features

from bot.media.drawing.clusters import clusters, is_accent, is_mark, laid_out, ordered
from bot.text.letters import JOINERS, is_text, without_stray_joiners

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/share/fonts-droid-fallback"),
    Path("/usr/local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
NAMES = (
    # Latin with all its accents, Greek, Cyrillic
    *("NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "DejaVuSans.ttf", "HelveticaNeue.ttc", "segoeui.ttf"),
    # Chinese, Japanese, Korean
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "PingFang.ttc", "AppleSDGothicNeo.ttc", "msyh.ttc"),
    *("YuGothM.ttc", "malgun.ttf", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf"),
    *("DroidSansFallback.ttf", "Arial Unicode.ttf", "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf"),
    *("NotoSansThai-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansBengali-Regular.ttf"),
    *("NotoSansTamil-Regular.ttf", "Nirmala.ttf", "leelawui.ttf", "Kohinoor.ttc", "Thonburi.ttc"),
    # All of these, less well drawn
    *("FreeSans.ttf", "FreeSerif.ttf"),
)
"""Files looked for, the better ones first; before all of them comes the font inside Pillow, which knows ASCII alone."""

LONGEST = 400
PROBE_SIZE = 24
NOTHING = "\U0010fffe"
"""A code point that will never be a character: a font shows for it what it shows for all it does not have."""

_UNSEEN = f" {JOINERS}"
STAND_INS = {"–": "-", "—": "-", "•": "·", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "..."}
ELLIPSIS = "…"


def clean_text(text: str, longest: int = LONGEST) -> str:
    """The text in one line, composed, without what cannot be seen but joiners, and cut to `longest`."""
    composed = unicodedata.normalize("NFC", " ".join(text[: 4 * longest].split()))
    return without_stray_joiners("".join(filter(_may_be_drawn, composed))[:longest]).strip()


def _may_be_drawn(letter: str) -> bool:
    return letter in JOINERS or (is_text(letter) and unicodedata.category(letter) not in {"Cf", "Co"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line ready to be drawn: pieces with the font of each, and the width in pixels."""

    runs: tuple[tuple[ImageFont.FreeTypeFont, str], ...]
    width: float

    def draw(self, on: ImageDraw.ImageDraw, x: float, baseline: float, fill: tuple[int, ...]) -> None:
        """Draw with the left end at `x` and the letters standing on `baseline`."""
        for font, text in self.runs:
            on.text((x, baseline), text, fill=fill, font=font, anchor="ls")
            x += font.getlength(text)


class Type:
    """The fonts of one picture. `shaping` is whether letters are joined and marks placed; None: if Pillow can do so."""

    def __init__(self, folders: Sequence[Path] = FOLDERS, *, shaping: bool | None = None) -> None:
        self._paths: tuple[Path | None, ...] = (None, *_installed(tuple(folders)))
        self._shaping = bool(features.check("raqm")) if shaping is None else shaping
        self._fonts: dict[tuple[Path | None, float, bool], ImageFont.FreeTypeFont] = {}
        self._covered: dict[tuple[Path | None, str], bool] = {}

    def spell(self, text: str) -> str | None:
        """The text with what can be drawn of it; None where a letter of it cannot be.

        Symbols that no font has are dropped, and letters may lose an accent, before a whole text is given up.
        """
        spelled = [self._spell_cluster(cluster) for cluster in clusters(clean_text(text))]
        if any(piece is None for piece in spelled):
            return None
        return " ".join("".join(piece for piece in spelled if piece).split())

    def line(self, text: str, size: float, width: float | None = None) -> Line | None:
        """One line of at most `width` pixels, shortened with an ellipsis; None for nothing to draw."""
        spelled = self.spell(text)
        return self._shortened(spelled, size, width) if spelled else None

    def lines(self, text: str, size: float, width: float, most: int) -> list[Line]:
        """The text wrapped to at most `most` lines of `width` pixels, the last one shortened."""
        rest = self.spell(text) or ""
        lines: list[Line] = []
        while rest and len(lines) < most - 1:
            end = self._fitting(rest, size, width)
            lines.append(self._set(rest[:end].rstrip(), size))
            rest = rest[end:].lstrip()
        if rest:
            lines.append(self._shortened(rest, size, width))
        return lines

    def _shortened(self, text: str, size: float, width: float | None) -> Line:
        line, end = self._set(text, size), len(text)
        ending = ELLIPSIS if self._has(ELLIPSIS) else "..."
        while width is not None and line.width > width and end > 0:
            # In steps that suit the excess: a long text is cut to a tenth in a few measurements.
            end = _between(text, min(end - 1, int(end * width / line.width) + 1))
            line = self._set(text[:end].rstrip() + ending, size)
        return line

    def _fitting(self, text: str, size: float, width: float) -> int:
        """How many characters go into `width`, ending between words where there is a space; one cluster at least."""
        end, least = len(text), len(next(clusters(text)))
        while end > least and (measured := self._set(text[:end], size).width) > width:
            end = max(least, _between(text, min(end - 1, int(end * width / measured) + 1)))
        if end == len(text) or text[end] == " ":
            return end
        return text.rfind(" ", 0, end) + 1 or end

    def _set(self, text: str, size: float) -> Line:
        runs = [(self._font(path, size, self._shaping), piece) for path, piece in self._runs(text)]
        return Line(tuple(runs), sum(font.getlength(piece) for font, piece in runs))

    def _runs(self, text: str) -> Iterator[tuple[Path | None, str]]:
        """The text in one font if one has it all, else in pieces that change font as seldom as possible."""
        text = text if self._shaping else laid_out(text)
        whole = self._whole(text)
        if whole:
            yield whole[0], text
        elif self._shaping:  # each piece is turned round by the shaper, which knows nothing of the others
            for backwards, run in ordered(text):
                pieces = list(self._pieces(run))
                yield from reversed(pieces) if backwards else pieces
        else:
            yield from self._pieces(clusters(text))

    def _pieces(self, run: Iterable[str]) -> Iterator[tuple[Path | None, str]]:
        path, piece = self._paths[0], ""
        for cluster in run:
            if cluster != " " and not self._covers_all(path, cluster):
                if piece:
                    yield path, piece
                path, piece = next(iter(self._whole(cluster)), self._paths[0]), ""
            piece += cluster
        if piece:
            yield path, piece

    def _spell_cluster(self, cluster: str) -> str | None:
        """What to draw for one: itself, itself without accents, "" for a symbol, None if that loses meaning."""
        if unicodedata.category(cluster[0])[0] not in "LN":  # no font joins emoji
            cluster = "".join(letter for letter in cluster if letter not in JOINERS)
        choices = [cluster] if self._shaping else []
        choices.append("".join(letter for letter in cluster if not is_accent(letter)))
        for choice in choices:
            if len(choice) > 1 and self._whole(choice):
                return choice
        spelled = [self._spell_one(letter) for letter in cluster if not is_accent(letter) and letter not in JOINERS]
        # Marks that are left are vowels and the like, which stand on their letter or are worth nothing.
        if len(spelled) > 1 and any(is_mark(letter) and not is_accent(letter) for letter in cluster):
            return None
        return None if None in spelled else "".join(piece or "" for piece in spelled)

    def _spell_one(self, character: str) -> str | None:
        """What to draw for one character: itself, something near it, "" for a symbol, None if that loses meaning."""
        parts = unicodedata.normalize("NFKD", character)
        bare = "".join(part for part in parts if not unicodedata.combining(part))
        for choice in (character, STAND_INS.get(character, bare)):
            if choice and all(each == " " or self._has(each) for each in choice):
                return choice
        return "" if unicodedata.category(character)[0] in "SMZC" else None

    def _has(self, character: str) -> bool:
        return any(self._covers(path, character) for path in self._paths)

    def _whole(self, text: str) -> list[Path | None]:
        """The fonts that have all of it."""
        return [path for path in self._paths if self._covers_all(path, text)]

    def _covers_all(self, path: Path | None, text: str) -> bool:
        return all(character in _UNSEEN or self._covers(path, character) for character in text)

    def _covers(self, path: Path | None, character: str) -> bool:
        """Whether a font draws this character otherwise than what it does not have."""
        known = self._covered.get((path, character))
        if known is None:
            font = self._font(path, PROBE_SIZE, False)  # a shaper would put a mark on a circle of its own
            known = _look(font, character) != _look(font, NOTHING)
            self._covered[path, character] = known
        return known

    def _font(self, path: Path | None, size: float, shaping: bool) -> ImageFont.FreeTypeFont:
        if (path, size, shaping) not in self._fonts:
            engine = ImageFont.Layout.RAQM if shaping else ImageFont.Layout.BASIC
            # Not ImageFont.truetype: for a file it cannot open, it takes another of that name from anywhere.
            font = (
                ImageFont.load_default(size)
                if path is None
                else ImageFont.FreeTypeFont(path, size, layout_engine=engine)
            )
            assert isinstance(font, ImageFont.FreeTypeFont)  # load_default has another only without FreeType
            self._fonts[path, size, shaping] = font
        return self._fonts[path, size, shaping]


def _between(text: str, end: int) -> int:
    """The last place up to `end` where the text may be parted."""
    at = 0
    for cluster in clusters(text):
        if at + len(cluster) > end:
            break
        at += len(cluster)
    return at


def _look(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)


@lru_cache(maxsize=8)
def _installed(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """The fonts of NAMES that are there and can be opened, in that order."""
    found: dict[str, Path] = {}
    for folder in folders:
        for root, _, files in os.walk(folder):
            found |= {name: Path(root) / name for name in files if name in NAMES and name not in found}
    return tuple(found[name] for name in NAMES if name in found and _opens(found[name]))


def _opens(path: Path) -> bool:
    try:
        ImageFont.FreeTypeFont(path, PROBE_SIZE).getmask("A")
    except OSError:
        return False
    return True
