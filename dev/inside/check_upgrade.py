"""Check an upgraded demo database, report each check: check_upgrade.py DB SUMMARY OUT TITLE."""

import json
import logging
import sys
from pathlib import Path

from reporting import ErrorHandler, Reporter
from session import environment

sys.path.insert(0, str(Path(__file__).parent.parent))


def main(database, summary, out, title):
    reporter = Reporter()
    with environment(database, "--no-http") as env:
        logging.getLogger().addHandler(ErrorHandler(reporter))
        from road import upgraded

        for check in upgraded.check(env, json.loads(Path(summary).read_text()), Path(out)):
            report(reporter, title, check)


def report(reporter, title, check):
    """Report a check as a test."""
    test = {"test_class": title, "test": f"{title}.{check.what}"}
    reporter.send("start", **test)
    if not check.holds:
        reporter.send("fail", **test, what=test["test"], text=check.found)


if __name__ == "__main__":
    main(*sys.argv[1:])
