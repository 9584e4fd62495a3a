from datetime import datetime, timedelta

from odoo import Command

from ..common import ServiceContractCommon

HALF_HOUR = 1800
NOON = "2026-03-02 11:00:00"
WEEK = "01234"


class ScopeCommon(ServiceContractCommon):
    """One customer of an unlimited level, with one work type for each kind of rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.contract = cls.create_contract()
        cls.remote = cls.create_work_type("Remote", "included")
        cls.terminal = cls.create_work_type("Payment terminal", "not_offered")
        cls.business = cls.create_work_type("Business software", "billed", is_reason_required=True)
        cls.incident = cls.create_work_type("Wrong incident", "billed", is_approval_required=True)
        cls.travel = cls.create_work_type("Road", perimeter="billed")
        cls.vendor = cls.env.ref("service_contract.service_reason_scope_vendor")
        cls.breach = cls.env.ref("service_contract.service_reason_scope_breach")

    @classmethod
    def create_work_type(cls, name, effect=None, level=None, perimeter="level", **vals):
        work_type = cls.env["service.work.type"].create({"name": name, "perimeter": perimeter})
        if effect:
            cls.env["service.scope.rule"].create(
                {
                    "level_id": (level or cls.level_unlimited).id,
                    "work_type_id": work_type.id,
                    "effect": effect,
                    **vals,
                }
            )
        return work_type

    def record(self, work_type, reason=None, **vals):
        """Record a session of half an hour, without closing it."""
        vals = {"scope_reason_id": reason.id if reason else False, **vals}
        connections = vals.pop("connections", [(NOON, HALF_HOUR, work_type.name or "PC")])
        return self.create_session(connections, done=False, work_type_id=work_type.id, **vals)

    def close(self, *args, **vals):
        session = self.record(*args, **vals)
        session.action_done()
        return session


class CoverageCommon(ServiceContractCommon):
    """One customer in La Réunion under PRISME's hours of levels 2 and 3, blocks of 30.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.practice = cls.create_customer(
            "Practice", country_id=cls.env.ref("base.re").id, zip="97400", tz="Indian/Reunion"
        )
        cls.create_windows(cls.level_unlimited, WEEK, (7, 20))
        cls.create_windows(cls.level_unlimited, "5", (7, 16))
        cls.create_windows(cls.level_unlimited, "67", (9, 12), channel="remote", on_call_only=True)
        cls.contract = cls.create_contract(cls.practice)

    def put_on_duty(self, first, last=None, customer=None, user=None):
        return (
            self.env["service.duty"]
            .with_user(user or self.user_technician)
            .create(
                {
                    "partner_id": (customer or self.practice).id,
                    "date_start": first,
                    "date_end": last or first,
                }
            )
        )

    def work(self, local, seconds=HALF_HOUR, customer=None, hours=4, **vals):
        """Close a session that starts at a local time, ``hours`` before UTC."""
        start = datetime.fromisoformat(local) - timedelta(hours=hours)
        return self.create_session([(start, seconds, local)], customer or self.practice, **vals)

    def assertCases(self, cases, **options):
        for local, seconds, amount, *rest in cases:
            with self.subTest(local=local, seconds=seconds, rest=rest):
                vals = rest[0] if rest else {}
                session = self.work(local, seconds, **options, **vals)
                self.assertEqual(session.amount_untaxed, amount)
                self.assertEqual(session.billing_state, "ready" if amount else "included")


class EquipmentCommon(ScopeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hardware = cls.create_work_type("Hardware", perimeter="warranty")
        cls.reception = cls.create_equipment("RECEPTION")
        cls.private = cls.create_equipment("PRIVATE", origin="other")

    @classmethod
    def create_equipment(cls, name, customer=None, user=None, **vals):
        return (
            cls.env["service.equipment"]
            .with_user(user or cls.user_manager)
            .create({"name": name, "partner_id": (customer or cls.customer).id, **vals})
        )

    def close_on(self, equipment, work_type=None, **vals):
        return self.close(
            work_type or self.remote, equipment_ids=[Command.set(equipment.ids)], **vals
        )
