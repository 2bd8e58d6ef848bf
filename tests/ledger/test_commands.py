import pytest

from botd.errors import NotFoundError
from botd.ledger import Ledger, commands
from botd.ledger.commands import Command, CommandState
from tests.ledger.given import DUE, T


def ask(ledger: Ledger, kind: str = "close") -> Command:
    return ledger.write_now(
        lambda tx: commands.add(
            tx,
            kind=kind,
            by="ann",
            at=DUE,
            position_id="goog-1",
            args={"quantity": 2},
        ),
    )


def test_command_waits_until_it_is_taken(ledger: Ledger) -> None:
    """With everything that was asked."""
    command = ask(ledger)

    assert (command,) == ledger.read_now(commands.pending)
    assert ("close", "goog-1", {"quantity": 2}, "ann", DUE, CommandState.PENDING, None) == (
        command.kind,
        command.position_id,
        command.args,
        command.by,
        command.created_at,
        command.state,
        command.result,
    )


def test_command_without_arguments_has_none(ledger: Ledger) -> None:
    """A halt concerns no position."""
    command = ledger.write_now(lambda tx: commands.add(tx, kind="halt", by="ann", at=DUE))

    assert (None, {}) == (command.position_id, command.args)


def test_command_is_taken_once_and_ends_once(ledger: Ledger) -> None:
    """Pending, running, done; the first result stands."""
    command = ask(ledger)

    def begin() -> bool:
        return ledger.write_now(lambda tx: commands.begin(tx, command.id, DUE))

    def finish(fate: str) -> bool:
        return ledger.write_now(lambda tx: commands.finish(tx, command.id, {"fate": fate}, T))

    assert [True, False] == [begin(), begin()]
    assert () == ledger.read_now(commands.pending)
    assert [CommandState.RUNNING] == [each.state for each in ledger.read_now(commands.unfinished)]
    assert [True, False] == [finish("filled"), finish("lost")]

    done = ledger.read_now(lambda tx: commands.get(tx, command.id))

    assert (CommandState.DONE, {"fate": "filled"}, DUE, T) == (
        done.state,
        done.result,
        done.started_at,
        done.finished_at,
    )
    assert () == ledger.read_now(commands.unfinished)
    assert False is begin()


def test_commands_keep_their_order(ledger: Ledger) -> None:
    """A take before a release is taken before it."""
    kinds = ["take", "release", "take"]
    for kind in kinds:
        ask(ledger, kind)

    assert kinds == [command.kind for command in ledger.read_now(commands.pending)]


def test_unknown_command_is_not_found(ledger: Ledger) -> None:
    """The caller is told that there is none."""
    with pytest.raises(NotFoundError, match="no command 9"):
        ledger.read_now(lambda tx: commands.get(tx, 9))
