"""What one click enters: few rooms, and up the road only by what an earlier room asks for."""

import sys
from collections import defaultdict
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from odoo.tests import tagged

from ..session.common import SessionCommon
from . import plan

MAX_ROOMS = 13


@tagged("post_install", "-at_install")
class TestCloseTrace(SessionCommon):
    def test_closing_a_session(self):
        self.create_contract()
        session = self.create_session([("2026-03-02 09:00:00", 1800)], done=False)
        self.env.flush_all()
        with self.trace() as calls:
            session.action_done()
            self.env.flush_all()
        rooms = {room for call in calls for room in call[:2]}
        self.assertLessEqual(len(rooms), MAX_ROOMS, sorted(rooms))
        self.assertIn("pricing", rooms)
        self.assertEqual(self.get_upward(calls), [])

    @contextmanager
    def trace(self):
        """Yield the set of ``(room, room entered, method)`` of the calls in the block."""
        calls, before = set(), sys.getprofile()

        def note(frame, event, _argument):
            if event == "call" and (entered := _get_room(frame)):
                calls.add((_get_room(frame.f_back) or entered, entered, frame.f_code.co_name))

        sys.setprofile(note)
        try:
            yield calls
        finally:
            sys.setprofile(before)

    def get_upward(self, calls):
        """Return the calls of a later room's method that the calling room or those before lack."""
        rooms, defining = plan.get_rooms(), defaultdict(set)
        for item in plan.get_extensions():
            for name in item.methods:
                defining[name].add(rooms.index(item.room))
        return sorted(
            (room, entered, name)
            for room, entered, name in calls
            if rooms.index(entered) > rooms.index(room)
            and not name.startswith("<")
            and min(defining[name], default=len(rooms)) > rooms.index(room)
        )


def _get_room(frame):
    return frame and _find_room(frame.f_code.co_filename)


@cache
def _find_room(filename):
    path = Path(filename).resolve()
    return path.parent.name if path.parent.parent == plan.MODELS else None
