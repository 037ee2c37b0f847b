import tempfile
import unittest
from pathlib import Path

from harness import page, places, results
from harness.page import MarkerMissing, replace_parts

PAGE = "# Title\n\n<!-- figures, a: begin -->\nold\n<!-- figures, a: end -->\nProse.\n"


class PartsTests(unittest.TestCase):
    def test_what_is_between_the_markers_is_replaced_and_the_prose_stays(self) -> None:
        replaced = replace_parts(PAGE, {"a": "new \\1\nlines"})
        self.assertEqual(replaced, PAGE.replace("old", "new \\1\nlines"))
        self.assertEqual(replace_parts(replaced, {"a": "old"}), PAGE)

    def test_a_page_without_the_markers_is_not_written(self) -> None:
        with self.assertRaisesRegex(MarkerMissing, "figures, b: begin"):
            replace_parts(PAGE, {"b": "new"})


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
