"""Walk the road in a database that is served over HTTP meanwhile: run_road.py DB OUT PORT."""

import logging
import sys
from pathlib import Path

from reporting import ErrorHandler, Reporter
from session import environment, web_server

sys.path.insert(0, str(Path(__file__).parent.parent))


def main(database, out, port):
    with environment(database, "--http-port", port) as env, web_server():
        logging.getLogger().addHandler(ErrorHandler(Reporter()))
        import road

        return road.main(env, Path(out))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
