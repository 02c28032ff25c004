"""`vidisp`: arguments in, results on stdout, everything else on stderr, an honest exit code."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence

from vidisp.errors import VidispError

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


def _configure_logging(args: argparse.Namespace) -> None:
    level = logging.ERROR if args.quiet else logging.INFO if args.verbose else logging.WARNING
    logging.basicConfig(format="vidisp: %(message)s", stream=sys.stderr, level=logging.ERROR)
    logging.getLogger("vidisp").setLevel(level)


if __name__ == "__main__":
    sys.exit(main())
