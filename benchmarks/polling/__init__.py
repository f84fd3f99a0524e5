"""How far the poll schedule is from the best one possible, on a clock that is not waited for.

Here is no network and no database: lateness is from the schedule alone. The real application is measured by
benchmarks.waiting.
"""

from benchmarks.polling.cases import measure

__all__ = ["measure"]
