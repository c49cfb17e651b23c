"""docs/explanation/states.md shows the state machines as they are."""

from __future__ import annotations

from enum import StrEnum

from infra import drawings
from infra.drawings import FILE, START, Arrow, Machine, drawn, machines, page, walked


def test_the_drawings_are_up_to_date() -> None:
    assert FILE.read_text("utf-8") == page(), "Out of date: run python -m infra.drawings"


def test_every_state_can_be_reached_but_for_those_of_submissions() -> None:
    for machine in machines():
        arrows = list(machine.arrows)
        assert arrows
        assert {state for arrow in arrows for state in arrow[:2]} - {START} <= set(machine.states)
        if machine.title != "Submission":
            assert {arrow.after for arrow in arrows} >= set(machine.states), machine.title


def test_values_are_in_the_state_they_stand_for() -> None:
    assert {outcome: one.outcome for outcome, one in drawings.DELIVERIES.items()} == {
        outcome: outcome for outcome in drawings.Outcome
    }


def test_a_rule_that_changes_nothing_or_refuses_draws_no_arrow() -> None:
    def refuse(number: int) -> int:
        raise drawings.Refusal

    rules = {"same": int, "next": lambda number: number + 1, "refuse": refuse}
    assert list(walked({"1": 1}, rules, str)) == [Arrow("1", "2", "next")]


def test_arrows_between_the_same_states_are_one_with_all_names() -> None:
    class Light(StrEnum):
        ON = "on"
        OFF = "turned-off"

    arrows = [Arrow(START, "on"), Arrow("on", "turned-off", "press"), Arrow("on", "turned-off", "power cut")]
    assert drawn(Machine("Light", "A lamp.", Light, arrows)).splitlines() == [
        "## Light",
        "",
        "A lamp.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    direction LR",
        "    on: on",
        "    turned_off: turned-off",
        "    [*] --> on",
        "    on --> turned_off: press, power cut",
        "```",
    ]
