"""``python -m local --port 8000``: everything, on this machine."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.processes.system import LocalSystem

_PORT_TAKEN = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description="Kaffeepause on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="where the site listens; 0 picks a free port")
    port = parser.parse_args().port
    print("Kaffeepause is starting …", flush=True)
    # Only now what takes seconds to import: whoever starts this should not wonder whether anything happens.
    from local.demo.seed import seed
    from local.processes.children import DidNotStart
    from local.processes.system import LocalSystem
    from local.site.front import PortTaken

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    try:
        with LocalSystem(port=port) as system:
            print(
                f"  The site answers at {system.url}/; now it gets two series and their last three weeks …", flush=True
            )
            print(welcome(system, draft=seed(system)), flush=True)
            threading.Event().wait()
    except (PortTaken, DidNotStart) as reason:
        print(reason, file=sys.stderr)
        return _PORT_TAKEN if isinstance(reason, PortTaken) else 1
    except KeyboardInterrupt:
        print()
    return 0


def welcome(system: LocalSystem, *, draft: str) -> str:
    """Where to look, and the one command to type first. ``draft`` is the id of an edition to publish."""
    lines = [
        "",
        "Kaffeepause runs on this machine. Ctrl-C ends it.",
        "",
        f"  Site      {system.url}/",
        f"  Inbox     {system.url}/local/inbox",
        f"  Forms     {system.url}/local/forms",
        f"  Clock     {system.url}/local/clock",
        f"  Admin key {system.admin_key}",
        "",
    ]
    if draft:
        lines += [
            "Publish the draft, and watch the inbox:",
            "",
            f"  curl -X POST {system.url}/api/v1/editions/{draft}/publish \\",
            f"    -H 'Authorization: Bearer {system.admin_key}' -H 'Content-Type: application/json' \\",
            """    -d '{"announce": "now"}'""",
            "",
        ]
    return "\n".join(lines)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
