import unittest
from xml.etree import ElementTree

from harness.plots import Bar, Line, Panel, bars, nice_above, panels

SVG = "{http://www.w3.org/2000/svg}"


class BarTests(unittest.TestCase):
    def setUp(self) -> None:
        rows = [
            Bar("slow & steady", 20, 10), Bar("far", 1_000, 500), Bar("ours", 5, 1, is_ours=True),
            Bar("limit", 4, 0, is_limit=True),
        ]
        self.plot = ElementTree.fromstring(bars("title <1>", "µs", "user", "kernel", rows))

    def texts(self) -> list[str]:
        return [element.text or "" for element in self.plot.iter(f"{SVG}text")]

    def test_the_shortest_is_first_and_each_has_its_number(self) -> None:
        texts = self.texts()
        self.assertEqual(texts[0], "title <1>")
        self.assertEqual(
            texts[3:], ["limit", "4 µs", "ours", "5 µs", "slow & steady", "20 µs", "far", "… 1,000 µs"])

    def test_bars_are_as_long_as_their_numbers_and_a_far_one_is_cut(self) -> None:
        widths = [float(element.get("width", "")) for element in self.plot.iter(f"{SVG}rect")]
        totals = widths[-8::2]
        self.assertAlmostEqual(totals[1] / totals[0], 5 / 4, places=2)
        self.assertAlmostEqual(totals[2] / totals[0], 5, places=2)
        self.assertEqual(totals[3], totals[2])


class PanelTests(unittest.TestCase):
    def test_points_lie_within_and_higher_ones_above(self) -> None:
        lines = [Line("ours", [(10, 1), (100, 2), (1_000, 1)], True), Line("limit", [(10, 1), (1_000, 0.5)])]
        both = [Panel("cost", "µs", lines), Panel("memory", "bytes", lines)]
        plot = ElementTree.fromstring(panels("t", "readers", both))
        width, height = float(plot.get("width", "")), float(plot.get("height", ""))
        circles = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in plot.iter(f"{SVG}circle")]
        self.assertEqual(len(circles), 10)
        for x, y in circles:
            self.assertTrue(0 < x < width and 0 < y < height)
        (first, second, third) = circles[:3]
        self.assertLess(second[1], first[1])
        self.assertAlmostEqual(second[0] - first[0], third[0] - second[0], delta=0.2)

    def test_a_single_point_and_none_are_plots_too(self) -> None:
        ElementTree.fromstring(panels("t", "readers", [Panel("cost", "µs", [Line("ours", [(10, 0)])])]))
        ElementTree.fromstring(panels("t", "readers", [Panel("cost", "µs", [Line("ours", [])])]))
        ElementTree.fromstring(bars("t", "µs", "user", "kernel", []))

    def test_an_axis_ends_at_a_round_number_above(self) -> None:
        self.assertEqual([nice_above(value) for value in (0, 0.3, 1, 6.5, 9, 900)], [1, 0.4, 2, 8, 20, 2_000])
