import io
import unittest
from contextlib import redirect_stdout

from harness import rounds, tools
from harness.load import numbers
from harness.running import RunFailure
from harness.scenarios import Entrant, Scenario
from harness.sizes import QUICK
from harness.tools import Missing, once


class RoundsTests(unittest.TestCase):
    def setUp(self) -> None:
        self.calls: list[str] = []

    def entrant(self, name: str, missing: str = "", fails: str = "", in_round: int = 1) -> Entrant:
        def prepare() -> None:
            if missing:
                raise Missing(missing)

        def measure(_: object) -> dict[str, float]:
            self.calls.append(name)
            if fails and self.calls.count(name) == in_round:
                raise RunFailure(fails)
            return {"cost": len(self.calls)}

        return Entrant(name, prepare, measure)

    def run_rounds(self, *entrants: Entrant, repeats: int = 2, skipped: frozenset[str] = frozenset()):
        scenario = Scenario("s", "what", list(entrants), "cost", size=7, most_rounds=3)
        with redirect_stdout(io.StringIO()):
            return rounds.run(scenario, QUICK, repeats, set(skipped), is_quick=True)

    def test_entrants_take_turns(self) -> None:
        measured = self.run_rounds(self.entrant("a"), self.entrant("b"))
        self.assertEqual(self.calls, ["a", "b", "a", "b"])
        self.assertEqual(measured.rounds, [{"a": {"cost": 1}, "b": {"cost": 2}}, {"a": {"cost": 3}, "b": {"cost": 4}}])

    def test_what_varies_much_is_measured_more_often_than_was_asked_for(self) -> None:
        scenario = Scenario("s", "what", [self.entrant("a")], "cost", rounds_each=3)
        with redirect_stdout(io.StringIO()):
            self.assertEqual(len(rounds.run(scenario, QUICK, 2, set(), is_quick=False).rounds), 6)

    def test_one_that_cannot_be_had_or_fails_costs_no_other_its_figures(self) -> None:
        entrants = [self.entrant("a", missing="get it"), self.entrant("b", fails="no"), self.entrant("c")]
        measured = self.run_rounds(*entrants)
        self.assertEqual(self.calls, ["b", "c", "c"])
        self.assertEqual(measured.missing, {"a": "get it", "b": "no"})

    def test_one_that_fails_in_a_later_round_is_not_measured(self) -> None:
        entrants = [self.entrant("a", fails="no", in_round=2), self.entrant("b")]
        measured = self.run_rounds(*entrants, repeats=3)
        self.assertEqual(self.calls, ["a", "b", "a", "b", "b"])
        self.assertEqual(measured.entrants(), ["b"])
        self.assertEqual(len(measured.values("b", "cost")), 3)
        self.assertEqual(measured.missing, {"a": "no"})

    def test_what_it_was_measured_at_is_kept(self) -> None:
        self.assertEqual(self.run_rounds(self.entrant("a")).size, 7)

    def test_servers_that_were_not_chosen_are_left_out_with_all_their_sizes(self) -> None:
        self.run_rounds(self.entrant("a 10"), self.entrant("b 10"), repeats=9, skipped=frozenset({"a"}))
        self.assertEqual(self.calls, ["b 10"] * 3)


class OnceTests(unittest.TestCase):
    def test_work_is_done_once_for_each_argument_and_a_failure_is_kept(self) -> None:
        calls: list[str] = []

        @once
        def build(name: str) -> None:
            calls.append(name)
            if name == "bad":
                raise Missing("it does not build")

        for name in ("good", "bad", "good", "bad"):
            if name == "bad":
                with self.assertRaises(Missing):
                    build(name)
            else:
                build(name)
        self.assertEqual(calls, ["good", "bad"])


class RequireTests(unittest.TestCase):
    def test_what_may_not_be_installed_is_named_with_how_to(self) -> None:
        before, tools.may_install = tools.may_install, False
        self.addCleanup(setattr, tools, "may_install", before)
        tools.require("python3", "python3")
        with self.assertRaisesRegex(Missing, "^no-such-program is missing: apt-get install some-package$"):
            tools.require("no-such-program", "some-package")

    def test_what_a_build_said_last_is_in_its_failure(self) -> None:
        with self.assertRaisesRegex(tools.BuildFailure, "(?s)failed:\n.*it broke"):
            tools.run(["sh", "-c", "echo it broke; exit 3"])


class NumbersTests(unittest.TestCase):
    def test_the_numbers_of_objects_within_are_named_by_both(self) -> None:
        content = {"mode": "fanout", "lost": 0, "is": True, "latency_us": {"p50": 1.5, "p99": 2}}
        self.assertEqual(numbers(content), {"lost": 0, "latency_us.p50": 1.5, "latency_us.p99": 2})
