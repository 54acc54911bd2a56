"""The command line: `kit VERB`, or `python -m kit VERB`.

Exit status: 0 done, 1 failed or not yet done, 2 bad usage or bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Protocol

from contract.errors import KitError
from kit import (
    check,
    collect,
    cost,
    demo,
    doctor,
    down,
    drop,
    erase,
    jobs,
    label,
    models,
    promote,
    replay,
    residue,
    retry,
    rollback,
    train,
    tune,
    up,
    user,
)
from kit.aws_errors import explain
from kit.deployment import DEFAULT_STAGE, with_target

EPILOG = """\
a first walk, on this machine alone:
  kit up                                         the kit's AWS services, here
  kit drop data/samples/warranty_train.csv --to train --wait --local
  kit drop data/samples/claims.csv --to predict --out results --local
  kit down

exit status: 0 done, 1 failed or not yet done, 2 bad usage or bad input
"""


class Command(Protocol):
    """A module of one verb; its docstring's first line is the help."""

    __name__: str
    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what the verb takes."""

    def run(self, given: argparse.Namespace) -> int:
        """Do it; returns the exit status."""


COMMANDS: tuple[Command, ...] = (
    check, up, down, collect, drop, jobs, retry, replay, erase, models, promote, rollback, doctor, cost, residue, train, tune,
    label, user, demo,
)  # fmt: skip


def make_parser() -> argparse.ArgumentParser:
    """All verbs with their options."""
    parser = argparse.ArgumentParser(
        prog="kit",
        description="Text classification in your own AWS account:"
        " drop a labelled CSV and get a model, drop a CSV and get it back classified.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, title="verbs")
    for command in COMMANDS:
        text = (command.__doc__ or "").splitlines()
        verb = verbs.add_parser(
            command.__name__.rsplit(".", 1)[-1],
            help=text[0][0].lower() + text[0][1:].rstrip("."),
            description="\n".join(text).strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_argument("--local", action="store_true", help="work on the local cloud of 'kit up' instead of AWS")
        verb.add_argument("--stage", default=DEFAULT_STAGE, metavar="STAGE", help=f"which deployment ({DEFAULT_STAGE})")
        verb.add_argument("--json", action="store_true", help="print JSON for scripts")
        command.add_arguments(verb)
        verb.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. What went wrong is a sentence on stderr; only a defect of the kit shows a traceback."""
    given = make_parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except KitError as error:
        return _fail(error, given)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return KitError.exit_status
    except BrokenPipeError:  # `kit jobs | head`
        sys.stderr.close()
        return KitError.exit_status
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        return _fail(explained, given)


def _fail(error: KitError, given: argparse.Namespace) -> int:
    print(with_target(str(error), given), file=sys.stderr)
    return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
