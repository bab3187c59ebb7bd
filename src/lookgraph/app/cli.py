"""The command line: `lookgraph --help`.

Answers go to standard output (with ``--json``: one JSON document), progress and errors to standard error.
Exit codes: 0 done; 1 ``doctor`` found a fault, or there is one of Lookgraph's own; 2 wrong usage; 3 and up an error's
own number, see :mod:`lookgraph.errors`; 130 interrupted; 143 terminated (a server that is told to stop ends with 0).
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Final

import typer

from lookgraph.app.commands.building import build, embed, train_encoder
from lookgraph.app.commands.changing import add, rebuild, remove
from lookgraph.app.commands.checking import doctor, settings
from lookgraph.app.commands.demo import demo
from lookgraph.app.commands.looking import info, rollback, similar
from lookgraph.app.commands.measuring import evaluate, report
from lookgraph.app.commands.site import add_person, serve, set_role, simulate
from lookgraph.errors import LookgraphError
from lookgraph.processor import let_waiting_threads_sleep

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Fashion recommendations from photos of clothes, with graph neural networks.",
)
_IN_ORDER_OF_HELP: Final = (
    *(build, add, remove, rebuild, similar, embed, train_encoder, report, evaluate, info, rollback, doctor, demo),
    *(serve, add_person, set_role, simulate, settings),
)
for command in _IN_ORDER_OF_HELP:
    app.command()(command)


def main() -> None:
    """Run the command line; the console script."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    let_waiting_threads_sleep()
    try:
        app()
    except LookgraphError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:
        if _stopped_by:  # a library that was just being imported makes an error of its own out of the stop
            sys.exit(128 + _stopped_by[-1])
        raise


_stopped_by: list[int] = []


def _stop(number: int, frame: FrameType | None) -> None:
    _stopped_by.append(number)
    print("stopped: a build or a training goes on where it was when the same command is run again", file=sys.stderr)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
