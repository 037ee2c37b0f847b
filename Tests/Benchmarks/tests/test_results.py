import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from harness import results
from harness.results import Measured, Origin, Results


def measured(*rounds: dict[str, float]) -> Measured:
    """Rounds of entrants that have one figure each, `cost`."""
    return Measured(rounds=[{name: {"cost": value} for name, value in entrants.items()} for entrants in rounds])


class MeasuredTests(unittest.TestCase):
    def test_a_median_is_of_the_rounds_that_have_the_figure(self) -> None:
        scenario = measured({"a": 3}, {"a": 100}, {"b": 7}, {"a": 5})
        self.assertEqual(scenario.median("a", "cost"), 5)
        self.assertEqual(scenario.median("b", "cost"), 7)
        self.assertIsNone(scenario.median("a", "another"))
        self.assertIsNone(scenario.median("c", "cost"))

    def test_a_ratio_is_taken_within_each_round(self) -> None:
        # The third round was disturbed, for both alike. The ratio of the medians would be 2.5.
        scenario = measured({"ours": 2, "limit": 1}, {"ours": 5, "limit": 2}, {"ours": 40, "limit": 20})
        self.assertEqual(scenario.ratio(("ours", "cost"), ("limit", "cost")), 2)

    def test_a_round_without_one_of_the_two_has_no_ratio(self) -> None:
        scenario = measured({"ours": 2, "limit": 1}, {"ours": 9}, {"limit": 1}, {"ours": 9, "limit": 0})
        self.assertEqual(scenario.ratio(("ours", "cost"), ("limit", "cost")), 2)
        self.assertIsNone(scenario.ratio(("ours", "cost"), ("peer", "cost")))

    def test_entrants_are_named_once_in_their_order(self) -> None:
        self.assertEqual(measured({"b": 1, "a": 1}, {"a": 1, "c": 1}).entrants(), ["b", "a", "c"])


class ResultsTests(unittest.TestCase):
    def test_the_highest_is_unknown_unless_all_are_known(self) -> None:
        self.assertEqual(results.highest([1.0, 3.0, 2.0]), 3)
        self.assertIsNone(results.highest([1.0, None]))
        self.assertIsNone(results.highest([]))

    def test_what_is_newer_takes_the_place_of_the_same_scenario_only(self) -> None:
        def of(name: str, commit: str, cost: float) -> Results:
            return Results({name: replace(measured({"x": cost}), origin=Origin(commit=commit))})

        merged = of("a", "old", 1).replacing(of("b", "old", 1)).replacing(of("b", "new", 2))
        self.assertEqual([merged.of(name).median("x", "cost") for name in ("a", "b")], [1, 2])
        self.assertEqual([merged.of(name).origin.commit for name in ("a", "b")], ["old", "new"])

    def test_what_is_written_is_read_again(self) -> None:
        rounds = [{"x": {"cost": 1.5}}]
        written = Results({"a": Measured("today", Origin(memory="2 GiB"), True, 64, rounds, {"y": "no é"})})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "inner" / "results.json"
            results.write(written, path)
            self.assertEqual(results.read(path), written)
