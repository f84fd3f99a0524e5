"""`python -m benchmarks.polling` prints the table; with `--write` it goes into docs/benchmarks.md as well."""

from __future__ import annotations

import argparse

from benchmarks.pages import DOCS, table, with_part
from benchmarks.polling.cases import measure

PAGE = DOCS / "benchmarks.md"
_HEAD = (
    "cv",
    "Case",
    "Queries / job",
    "late, s",
    "Optimum as late: queries / job",
    "ratio",
    "Every 2 s: queries / job",
)


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    wanted = parser.parse_args()
    rows = [
        (
            f"{it['cv']:.2f}",
            str(it["case"]),
            f"{it['calls']:.2f}",
            f"{it['late_s']:.2f}",
            f"{it['optimum']:.2f}",
            f"{it['calls_ratio']:.2f}",
            f"{it['loop']:.1f}",
        )
        for it in measure()
    ]
    text = table(_HEAD, rows)
    print(text)
    if wanted.write:
        PAGE.write_text(with_part(PAGE.read_text("utf-8"), "schedule", text), "utf-8")


if __name__ == "__main__":
    main()
