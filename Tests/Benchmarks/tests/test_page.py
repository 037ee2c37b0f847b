import tempfile
import unittest
from pathlib import Path

from harness import page, places, results
from harness.page import MarkerMissing, replace_parts
from harness.results import Measured, Origin, Results

PAGE = "# Title\n\n<!-- figures, a: begin -->\nold\n<!-- figures, a: end -->\nProse.\n"


class PartsTests(unittest.TestCase):
    def test_what_is_between_the_markers_is_replaced_and_the_prose_stays(self) -> None:
        replaced = replace_parts(PAGE, {"a": "new \\1\nlines"})
        self.assertEqual(replaced, PAGE.replace("old", "new \\1\nlines"))
        self.assertEqual(replace_parts(replaced, {"a": "old"}), PAGE)

    def test_a_page_without_the_markers_is_not_written(self) -> None:
        with self.assertRaisesRegex(MarkerMissing, "figures, b: begin"):
            replace_parts(PAGE, {"b": "new"})


class MachineTests(unittest.TestCase):
    def lines(self, *scenarios: Measured) -> list[str]:
        return page.machine(Results(dict(zip("abc", scenarios)))).splitlines()

    def measured(
        self, date: str, commit: str, memory: str = "2 GiB", count: int = 3, is_quick: bool = False
    ) -> Measured:
        return Measured(date, Origin("2 × P", memory, "Linux", "Swift 6", commit), is_quick, rounds=[{}] * count)

    def test_what_is_the_same_for_all_is_said_once(self) -> None:
        self.assertEqual(self.lines(self.measured("10:00", "f00"), self.measured("10:10", "f00")), [
            "- 2 × P, 2 GiB, Linux", "- Swift 6", "- commit f00, 10:00 to 10:10", "- medians of 3 rounds"])

    def test_what_was_taken_of_another_commit_or_machine_says_so(self) -> None:
        lines = self.lines(
            self.measured("10:00", "f00"), self.measured("11:00", "baa", "4 GiB", count=1),
            self.measured("10:05", "f00"))
        self.assertEqual(lines, [
            "- 2 × P, 2 GiB, Linux: a, c", "- 2 × P, 4 GiB, Linux: b", "- Swift 6",
            "- commit f00, 10:00 to 10:05: a, c", "- commit baa, 11:00: b", "- medians of 3 rounds: a, c",
            "- one round: b"])

    def test_what_is_of_a_quick_run_is_named(self) -> None:
        lines = self.lines(self.measured("10:00", "f00"), self.measured("10:00", "f00", is_quick=True))
        self.assertRegex(lines[-1], r"quick run, .*: b\*\*$")


class PerformancePageTests(unittest.TestCase):
    def test_the_page_and_its_plots_are_what_their_results_render_to(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            copy = folder / "Performance.md"
            copy.write_text(places.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
            page.render(results.read(places.RESULTS), copy, folder)
            for file in folder.iterdir():
                committed = places.PLOTS / file.name
                self.assertEqual(file.read_text(encoding="utf-8"), committed.read_text(encoding="utf-8"), file.name)
