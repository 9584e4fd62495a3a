"""Call a function of a file with `env` and print its value: run_script.py DB FILE FUNCTION JSON."""

import json
import runpy
import sys
from pathlib import Path

from session import environment


def main(database, script, function, arguments):
    sys.path.insert(0, str(Path(script).parent))  # for what scripts of a folder share
    with environment(database, "--no-http") as env:
        value = runpy.run_path(script)[function](env, *json.loads(arguments))
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
