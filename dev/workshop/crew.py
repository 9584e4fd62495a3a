"""Run the classes of tests in up to two processes of Odoo, each with a database of its own."""

import contextlib
import os
import queue
import subprocess
import tempfile
import threading

from . import databases, dealing, events, ports
from .console import Stop

PROCESSES = 2
WORTH = 30.0  # seconds of waiting tests that a second process, ready after six, makes shorter


class Worker:
    """A process that runs the classes which it is told, one after the other."""

    def __init__(self, number, kind, hand, log, running):
        self.number = number
        self.kind = kind
        self.hand = hand
        self.log = log
        self.task = None
        self._running = running

    def tell(self, name):
        """Have it run a class, or end when there is none."""
        self.task = name
        with contextlib.suppress(BrokenPipeError):  # its exit comes as an event
            if name:
                self._running.stdin.write(f"{name}\n".encode())
                self._running.stdin.flush()
            else:
                self._running.stdin.close()

    def follow(self, seen, inbox):
        """Pass on its events, its exit code last."""
        for event in seen:
            inbox.put((self, event))
        inbox.put((self, {"kind": "exit", "code": self._running.wait()}))


class Crew:
    """The processes of one run; whatever ends it ends them and drops their databases.

    One process runs the tests that need a database. Another one first runs those that need none
    and is followed by a second one with a database, when enough is left to do.
    """

    def __init__(self, workshop, prefix, out, durations, report):
        self._workshop = workshop
        self._prefix = prefix
        self._out = out
        self._durations = durations
        self._report = report
        self._inbox = queue.Queue()
        self._stack = contextlib.ExitStack()
        self._workers = []
        self._decks = {}
        self._started = 0
        self._databases = []
        self._created = 0

    def run(self, tags, kinds, seed=None):
        """Run the tests of some tags and kinds; a seed gives their classes a random order."""
        self._tags, self._seed = tags, seed
        with self._stack:
            if len(kinds) == PROCESSES:  # both will be needed: who runs tests need not wait
                self._create_databases(PROCESSES)
            for kind in sorted(kinds, reverse=True):
                self._start(kind)
            while self._workers:
                worker, event = self._inbox.get()
                self._take(worker, event)

    # ----- Processes -----

    def _start(self, kind):
        number = self._started
        self._started += 1
        log = self._out / f"{kind}-{number}.log"
        more = {} if self._seed is None else {"WORKSHOP_SHUFFLE": str(self._seed)}
        environment = self._workshop.environment(**more)
        running, seen = self._stack.enter_context(
            events.listen(self._get_command(kind), log, environment, stdin=subprocess.PIPE)
        )
        worker = Worker(number, kind, self._get_free_hand(kind), log, running)
        self._workers.append(worker)
        threading.Thread(target=worker.follow, args=(seen, self._inbox), daemon=True).start()

    def _get_command(self, kind):
        database = self._take_database() if kind == "stored" else ""
        data = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="service_contract_"))
        shots, port = self._out / "screenshots", ports.free_port()
        return self._workshop.command("run_tests.py", database, self._tags, shots, data, port)

    def _take_database(self):
        if not self._databases:
            self._create_databases(1)
        return self._databases.pop(0)

    def _create_databases(self, count):
        names = [f"{self._prefix}{self._created + more}_{os.getpid()}" for more in range(count)]
        self._created += count
        for name in names:
            self._stack.callback(self._drop_with_copies, name)
        databases.create_for_tests(self._workshop, *names)
        self._databases += names

    def _drop_with_copies(self, name):
        for each in [name, *databases.names(self._workshop, f"{name}_")]:
            databases.drop(self._workshop, each)

    # ----- Events -----

    def _take(self, worker, event):
        if event["kind"] == "exit":
            self._end(worker, event["code"])
        else:
            self._report.take(event, worker.number)
        if event["kind"] == "suite":
            self._deal(worker.kind, event["classes"])
        if event["kind"] in ("suite", "end"):
            worker.tell(self._decks[worker.kind].draw(worker.hand))
        if event["kind"] in ("suite", "exit"):
            self._reinforce()

    def _deal(self, kind, classes):
        if kind in self._decks:
            return
        if self._seed is None:
            self._decks[kind] = dealing.by_weight(classes, self._durations)
        else:
            hands = PROCESSES if kind == "stored" else 1
            self._decks[kind] = dealing.at_random(classes, self._seed, hands)
        self._report.expect(sum(classes.values()))

    def _reinforce(self):
        """Start what is missing: a second process, or one in place of one that was lost."""
        for kind in self._decks:
            if len(self._workers) < PROCESSES and self._is_another_worth(kind):
                self._start(kind)

    def _is_another_worth(self, kind):
        hand = self._get_free_hand(kind)
        waiting = self._decks[kind].wait(hand)
        is_second = any(worker.kind == kind for worker in self._workers)
        if not waiting or not is_second:
            return bool(waiting)
        return self._seed is not None or sum(map(self._durations.get, waiting)) > WORTH

    def _get_free_hand(self, kind):
        taken = {worker.hand for worker in self._workers if worker.kind == kind}
        return min({0, 1, 2} - taken)

    def _end(self, worker, code):
        self._workers.remove(worker)
        reason = f"exit code {code}, see the end of {worker.log}"
        if worker.task:
            self._report.break_off(worker.number, worker.task, reason)
        elif worker.kind not in self._decks:
            raise Stop(f"The tests broke off ({reason}).")
        elif code:
            self._report.take({"kind": "error", "text": f"A process ended with {reason}"})
