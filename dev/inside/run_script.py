"""Call `main(env, *arguments)` of a file and print its value: run_script.py DB FILE JSON."""

import json
import runpy
import sys

from session import environment


def main(database, script, arguments):
    with environment(database, "--no-http") as env:
        value = runpy.run_path(script)["main"](env, *json.loads(arguments))
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
