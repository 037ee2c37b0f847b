"""Where things are."""

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
REPOSITORY = BENCHMARKS.parents[1]

#: What is built, measured in quick runs, and may be removed at any time.
BUILD = REPOSITORY / ".build-benchmarks"

PAGE = REPOSITORY / "Documentation" / "Performance.md"
PLOTS = REPOSITORY / "Documentation"

#: The results of the last run.
LAST_RESULTS = BUILD / "results.json"

#: The results that the page shows.
RESULTS = BENCHMARKS / "results.json"
