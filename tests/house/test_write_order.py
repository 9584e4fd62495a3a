"""No right hangs on which room's ``write`` runs first."""

from contextlib import contextmanager
from itertools import permutations
from types import CellType, FunctionType

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..session.common import HALF_HOUR, NOON
from ..sheet.common import SheetCommon

ROOMS = "odoo.addons.service_contract.models."
UNFOUNDED = "service_contract.service_reason_scope_unfounded"


@tagged("post_install", "-at_install")
class TestWriteOrder(SheetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.write({"warranty_days": 14, "complaint_days": 3})
        cls.other_reason = cls.env["service.reason"].create({"name": "Breach", "usage": "scope"})

    def get_orders(self, model):
        """Yield a block for each order in which the rooms' ``write`` of a model may run."""
        rooms = [
            base
            for base in self.registry[model].__bases__
            if base.__module__.startswith(ROOMS) and "write" in base.__dict__
        ]
        self.assertGreater(len(rooms), 1)
        for order in permutations(rooms):
            yield self.write_in_order(model, order)

    @contextmanager
    def write_in_order(self, model, rooms):
        """Let the rooms' ``write``, and nothing else of them, run in this order."""
        model_class = self.registry[model]
        bases, methods = model_class.__bases__, {room: room.__dict__["write"] for room in rooms}
        try:
            first = (self.make_first(room, methods[room]) for room in rooms)
            model_class.__bases__ = (*first, *bases)
            for room in rooms:
                del room.write
            with self.subTest(order=[room.__module__ for room in rooms]):
                with self.env.cr.savepoint() as savepoint:
                    yield
                    savepoint.rollback()
        finally:
            for room, method in methods.items():
                room.write = method
            model_class.__bases__ = bases
            self.env.invalidate_all()

    def make_first(self, room, method):
        """Return a class with the room's ``write``, whose ``super()`` goes on from this class."""
        place = type("Write", (), {"__slots__": ()})
        cells = tuple(CellType(place) for _name in method.__code__.co_freevars)
        self.assertEqual(method.__code__.co_freevars, ("__class__",))
        names = {**method.__globals__, room.__name__: place}
        place.write = FunctionType(method.__code__, names, "write", method.__defaults__, cells)
        return place

    def refuse(self, record, vals, error, words):
        with self.subTest(vals=vals), self.assertRaisesRegex(error, words):
            with self.env.cr.savepoint():
                record.write(vals)
        self.env.invalidate_all()

    def test_sessions(self):
        first = self.close()
        with freeze_time("2026-03-04 12:00:00"):
            asked = {"rework_of_id": first.id, "requested_at": "2026-03-04 10:00:00"}
            rework = self.create_session([("2026-03-04 10:00:00", HALF_HOUR + 1)], **asked)
        confirmed = self.close_and_send(customer=self.create_customer("B", email="b@example.com"))
        confirmed._set_sheet_validated("customer")
        visit = self.create_session(
            [], customer=confirmed.partner_id, done=False, channel="on_site"
        )
        for order in self.get_orders("service.session"):
            with order:
                for vals in ({"channel": "phone"}, {"is_off_contract": True}):
                    self.refuse(rework, vals, AccessError, "only managers")
                self.refuse(rework, {"complaint_acceptance": "x"}, AccessError, "Only managers")
                vals = {"is_unfounded": True, "scope_reason_id": self.other_reason.id}
                self.refuse(rework, vals, AccessError, "only managers")
                self.refuse(confirmed, {"replaced_by_id": visit.id}, UserError, "ask a manager")
                self.refuse(confirmed, {"report": "<p>x</p>"}, UserError, "has answered")
                rework.is_unfounded = True
                self.assertEqual(rework.scope_reason_id, self.env.ref(UNFOUNDED))
                self.assertEqual(rework.amount_untaxed, 60.0)

    def test_approvals(self):
        """What was approved is approved anew when a reason comes with the complaint."""
        self.env.ref(UNFOUNDED).is_approval_required = True
        first = self.close()
        for order in self.get_orders("service.session"):
            with order, freeze_time("2026-03-04 12:00:00"):
                rework = self.create_session(
                    [("2026-03-04 10:00:00", HALF_HOUR)],
                    rework_of_id=first.id,
                    requested_at="2026-03-04 10:00:00",
                )
                rework.sudo().approval_state = "approved"
                rework.is_unfounded = True
                self.assertNotEqual(rework.approval_state, "approved")

    def test_connections(self):
        equipment = self.env["service.equipment"].create(
            {"name": "SRV", "partner_id": self.customer.id}
        )
        session = self.close()
        worked = self.create_session([(NOON.replace(hour=13), 60)], done=False)
        worked.line_ids.service_equipment_id = equipment
        worked.action_done()
        target = self.open_session()
        for order in self.get_orders("account.analytic.line"):
            with order:
                vals = {"service_equipment_id": equipment.id, "service_stop": "2026-03-02 11:02:00"}
                self.refuse(session.line_ids, vals, AccessError, "only managers")
                vals = {"service_session_id": target.id}
                self.refuse(worked.line_ids, vals, AccessError, "only managers")

    def test_contracts(self):
        contract = self.create_contract().with_user(self.user_sales)
        for order in self.get_orders("service.contract"):
            with order:
                for vals in ({"state": "ended"}, {"date_end": "2026-06-30"}):
                    self.refuse(contract, vals, AccessError, "use its buttons")

    def test_what_is_sent_is_allowed_as_it_is_sent(self):
        """Not as it was before the same write."""
        order = self.env["sale.order"].with_user(self.user_sales)
        order = order.create({"partner_id": self.customer.id})
        calls = []
        self.patch(
            self.registry["sale.order"],
            "_check_loss_allowed",
            lambda orders: calls.append(orders.note),
        )
        order.write({"note": "<p>New</p>", "state": "sent"})
        self.assertNotIn("New", calls[0] or "")
        self.assertIn("New", calls[-1])

    def test_what_was_checked_stays_as_it_was(self):
        """Nothing is added to what the sheet of a closed session says."""
        session = self.close()
        checks = self.env["service.session.check"].with_user(self.user_technician)
        with self.assertRaisesRegex(UserError, "reopen it"):
            checks.create({"session_id": session.id, "name": "Backup"})
