import re
import unittest

from harness import tables
from harness.goals import GOALS, Goal
from harness.results import Measured, Results
from harness.tables import Table, number


class NumberTests(unittest.TestCase):
    def test_digits_that_say_nothing_are_left_out(self) -> None:
        written = [number(value) for value in (0.304, 1, 1.5, 12.345, 234.5, 12_345.6)]
        self.assertEqual(written, ["0.30", "1", "1.50", "12.3", "234", "12,346"])
        self.assertEqual(number(0.3, "µs"), "0.30 µs")


class TableTests(unittest.TestCase):
    def test_markdown_and_text(self) -> None:
        table = Table(["what", "n"], [["a", "1"], ["longer", "22"]])
        self.assertEqual(table.markdown(), "| what | n |\n| --- | --- |\n| a | 1 |\n| longer | 22 |")
        self.assertEqual(table.text(), "what    n\na       1\nlonger  22")


class GoalTests(unittest.TestCase):
    def row(self, goal: Goal, measured: Measured = Measured()) -> list[str]:
        value = goal.figure(Results())
        return [tables.bound(goal), tables.stands_at(goal, value), tables.verdict(goal, value, measured)]

    def test_a_goal_is_met_at_its_bound_on_either_side(self) -> None:
        self.assertEqual(
            self.row(Goal("a", "", "", lambda _: 1.1, at_most=1.1, unit="µs")), ["≤ 1.10 µs", "1.10 µs", "met"])
        self.assertEqual(self.row(Goal("a", "", "", lambda _: 2, at_least=2)), ["≥ 2", "2", "met"])
        self.assertEqual(self.row(Goal("a", "", "", lambda _: 1.9, at_least=2)), ["≥ 2", "1.90", "**not met**"])

    def test_a_goal_with_two_bounds_is_met_between_them(self) -> None:
        def row(value: float) -> list[str]:
            return self.row(Goal("a", "", "", lambda _: value, at_most=1.1, at_least=0.9))

        self.assertEqual(row(0.9), ["0.90 to 1.10", "0.90", "met"])
        self.assertEqual(row(1.1), ["0.90 to 1.10", "1.10", "met"])
        self.assertEqual(row(0.8996), ["0.90 to 1.10", "0.8996", "**not met**"])
        self.assertEqual(row(1.12), ["0.90 to 1.10", "1.12", "**not met**"])

    def test_figures_of_another_size_or_a_quick_run_meet_and_miss_nothing(self) -> None:
        goal = Goal("a", "10,000 readers", "", lambda _: 1, at_most=2, size=10_000)
        self.assertEqual(self.row(goal, Measured(size=10_000))[2], "met")
        self.assertEqual(self.row(goal, Measured(size=1_000))[1:], ["1", "not measured at this size but with 1,000"])
        self.assertEqual(self.row(goal, Measured(size=10_000, is_quick=True))[2], "not told by a quick run")
        goal = Goal("a", "", "", lambda _: 1, at_most=2)
        self.assertEqual(self.row(goal, Measured(size=64))[2], "met")
        self.assertEqual(self.row(goal, Measured(is_quick=True))[2], "not told by a quick run")

    def test_each_goal_that_names_a_number_of_readers_has_it_as_its_size(self) -> None:
        for goal in GOALS:
            named = re.search(r"([\d,]+) (readers|connections)", goal.scenario)
            if named is not None:
                self.assertEqual(goal.size, int(named[1].replace(",", "")), goal.scenario)

    def test_a_miss_by_little_is_not_rounded_away(self) -> None:
        self.assertEqual(
            self.row(Goal("a", "", "", lambda _: 1.1041, at_most=1.1)), ["≤ 1.10", "1.104", "**not met**"])

    def test_what_was_not_measured_is_neither_met_nor_missed(self) -> None:
        self.assertEqual(self.row(Goal("a", "", "", lambda _: None, at_most=1)), ["≤ 1", "–", "not measured"])

    def test_goals_stand_on_figures_of_their_own_scenario(self) -> None:
        round_of_all = {"swift-sse": {"cpu_us_per_delivery": 6.0}, "limit": {"cpu_us_per_delivery": 5.0}}
        results = Results({"broadcast": Measured(size=10_000, rounds=[round_of_all])})
        figures = {row[1]: row[3] for row in tables.goals(results, {"broadcast"}).rows}
        self.assertEqual(figures["server's processor time a delivery ÷ the limit's"], "1.20")
        self.assertEqual(figures["deliveries a second ÷ nchan's"], "–")
        self.assertEqual(len(tables.goals(results).rows), len(GOALS))


class BuildTests(unittest.TestCase):
    def test_each_build_stands_beside_flyingfox(self) -> None:
        seconds = {"swift-sse": {"seconds": 60.0}, "hello": {"seconds": 30.0}, "flyingfox": {"seconds": 20.0}}
        rows = tables.builds(Results({"build": Measured(rounds=[seconds])})).rows
        self.assertEqual([row[1:] for row in rows], [["60 s", "×3"], ["30 s", "×1.50"], ["20 s", "×1"]])
        del seconds["flyingfox"]
        rows = tables.builds(Results({"build": Measured(rounds=[seconds])})).rows
        self.assertEqual([row[1:] for row in rows], [["60 s", "–"], ["30 s", "–"], ["–", "–"]])


class MissingTests(unittest.TestCase):
    def test_each_reason_is_given_once_with_whose_it_is_and_in_a_line(self) -> None:
        why = "go is missing: apt-get install golang-go\nE: no such package"
        results = Results({"a": Measured(missing={"go": why}), "b": Measured(missing={"go": why, "c": "no"})})
        self.assertEqual(
            tables.missing(results), ["go in a, b: go is missing: apt-get install golang-go", "c in b: no"])
