"""`vidisp`: arguments in, results on stdout, everything else on stderr, an honest exit code."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from vidisp.errors import InterruptedRun, VidispError

log = logging.getLogger("vidisp")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code."""
    # Imported here, so that a Ctrl-C while torch loads ends like any other.
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        from vidisp.cli.parser import build_parser

        args = build_parser().parse_args(argv)
        _configure_logging(args)
        return int(args.run(args))
    except VidispError as error:
        print(f"vidisp: {error}", file=sys.stderr)
        if isinstance(error, InterruptedRun):
            _leave_now(error.exit_code)
        return error.exit_code
    except KeyboardInterrupt:
        print("vidisp: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of stdout has gone; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        log.info("details:", exc_info=True)
        print(
            f"vidisp: unexpected {type(error).__name__}: {error} (run it with -v for details)",
            file=sys.stderr,
        )
        return 1


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _leave_now(code: int) -> NoReturn:
    """End the process here: what is whole is safe, and an orderly exit would wait until the encoder has finished the
    pictures that it is at, which are thrown away."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _configure_logging(args: argparse.Namespace) -> None:
    level = logging.ERROR if args.quiet else logging.INFO if args.verbose else logging.WARNING
    logging.basicConfig(format="vidisp: %(message)s", stream=sys.stderr, level=logging.ERROR)
    logging.getLogger("vidisp").setLevel(level)


if __name__ == "__main__":
    sys.exit(main())
