"""Two people, or a person and a job, do the same thing at once: no double, no lost work."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..transactions import TransactionsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestAtOnce(TransactionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_root = cls.env.ref("base.user_root")

    def by(self, record, method, user=None):
        """Return who does what to a record: ``(user, action)``."""
        return (
            user or self.user_manager,
            lambda env: getattr(env[record._name].browse(record.id), method)(),
        )

    def create_committed(self, name, **vals):
        contract = self.create_contract(self.create_customer(name), **vals)
        self.commit()
        return contract

    def suspend(self, contract, start="2026-06-01"):
        return (
            self.user_manager,
            lambda env: env["service.suspension"].create(
                {"contract_id": contract.id, "date_start": start}
            ),
        )

    def bill(self, cutoff="2026-06-15"):
        def start(env):
            vals = {"cutoff_date": cutoff, "invoice_date": cutoff}
            self.start_run(env["service.billing.run"].create(vals))

        return (self.user_accountant, start)

    def draft_amendment(self, env, contract, day, price):
        amendments = env["service.amendment"]
        contract = env[contract._name].browse(contract.id)
        amendment = amendments.create(amendments._prepare_draft_vals(contract, day))
        amendment.line_ids.price_unit = price
        return amendment

    def terminate(self, contract, day="2026-09-30"):
        """The manager confirms what the simulator says of a wished last day."""

        def confirm(env):
            simulations = env["service.exit.simulation"]
            simulations.create(
                {"contract_id": contract.id, "received_date": "2026-06-15", "wished_date": day}
            ).action_confirm()

        return self.user_manager, confirm

    def get_net(self, contract):
        """Return what the charges of a contract amount to, credits taken off."""
        charges = contract.charge_ids.filtered(lambda charge: charge.state != "waived")
        return round(sum(charges.mapped("amount_untaxed")), 2)

    # ----- Sessions -----

    def test_a_session_closed_by_two_people_is_charged_once(self):
        customer = self.create_customer("Two close")
        self.company.service_default_level_id = self.level
        session = self.create_session(
            [("2026-06-10 09:00:00", 1800)], customer=customer, done=False
        )
        self.commit()
        answers = self.race(
            self.by(session, "action_done", self.user_technician),
            self.by(session, "action_done"),
        )
        self.assertEqual(answers[0], "")
        self.assertIn("cannot become “Done”", answers[1])
        self.assertEqual(len(session.charge_ids), 1)

    def test_the_last_allowance_is_drawn_once(self):
        """S05: two sessions, half an hour left."""
        customer = self.create_customer("Last half-hour")
        self.company.service_default_level_id = self.level
        grant = self.env["service.allowance"].create(
            {"partner_id": customer.id, "seconds": 1800, "date": "2026-06-01"}
        )
        sessions = [
            self.create_session([(f"2026-06-10 {hour}:00:00", 1800)], customer=customer, done=False)
            for hour in ("09", "11")
        ]
        self.commit()
        answers = self.race(
            *(self.by(session, "action_done", self.user_technician) for session in sessions)
        )
        self.assertEqual(answers, ["", ""])
        self.assertEqual((grant.used_seconds, grant.left_seconds), (1800, 0))
        self.assertEqual([session.amount_untaxed for session in sessions], [0, 30])

    # ----- Contracts -----

    def test_one_amendment_is_put_in_force_once(self):
        contract = self.create_committed("Amended")
        with self.acting() as env:
            amendment = self.draft_amendment(env, contract, date(2026, 7, 1), 60)
        answers = self.race(
            self.by(amendment, "action_confirm"), self.by(amendment, "action_confirm")
        )
        self.assertEqual(answers[0], "")
        self.assertIn("no longer possible", answers[1])
        self.assertEqual(sorted(contract.line_ids.mapped("price_unit")), [50, 60])

    def test_two_suspensions_at_once(self):
        contract = self.create_committed("Suspended twice")
        answers = self.race(self.suspend(contract), self.suspend(contract))
        self.assertEqual(answers[0], "")
        self.assertIn("This contract is suspended already at that time.", answers[1])
        self.assertEqual(len(contract.suspension_ids), 1)

    def test_a_suspension_beside_a_run_is_not_billed(self):
        """The run had not heard of it, or the suspension had not heard of the run's charges."""
        for order in (1, -1):
            with self.subTest(order):
                contract = self.create_committed("Suspended, billed", start="2026-06-01")
                answers = self.race(*[self.suspend(contract), self.bill()][::order])
                self.assertEqual(answers, ["", ""])
                self.assertEqual(self.get_net(contract), 0)

    def test_a_new_price_beside_a_run_is_what_is_billed(self):
        """Whichever comes first: no day at both prices, none at the old one."""
        for order in (1, -1):
            with self.subTest(order):
                contract = self.create_committed("New price, billed", start="2026-06-01")
                with self.acting() as env:
                    amendment = self.draft_amendment(env, contract, date(2026, 6, 16), 60)
                answers = self.race(*[self.by(amendment, "action_confirm"), self.bill()][::order])
                self.assertEqual(answers, ["", ""])
                self.assertEqual(self.act(*self.bill("2026-06-30")), "")
                self.begin_anew()
                self.assertEqual(self.get_net(contract), 55)

    def test_a_product_added_beside_a_run_is_billed_by_the_next(self):
        contract = self.create_committed("Added, billed", start="2026-06-01")
        add = (
            self.user_manager,
            lambda env: env["service.contract.line"].create(
                {"contract_id": contract.id, "product_id": self.product_support.id, "quantity": 2}
            ),
        )
        self.assertEqual(self.race(self.bill(), add), ["", ""])
        self.assertEqual(self.act(*self.bill()), "")
        self.begin_anew()
        self.assertEqual(self.get_net(contract), 150)

    def test_a_contract_is_terminated_once(self):
        contract = self.create_committed("Terminated twice")
        answers = self.race(self.terminate(contract), self.terminate(contract))
        self.assertEqual(answers[0], "")
        self.assertIn("has a termination already", answers[1])
        self.assertEqual(len(contract.charge_ids.filtered(lambda c: c.kind == "termination")), 1)

    def test_no_commitment_begins_anew_while_the_contract_is_terminated(self):
        for order in (1, -1):
            with self.subTest(order):
                contract = self.create_committed("Leaves, stays", start="2026-01-01")
                with self.acting() as env:
                    amendment = self.draft_amendment(env, contract, date(2026, 7, 1), 60)
                    amendment.write({"is_new_commitment": True, "commitment_months": 24})
                steps = [self.by(amendment, "action_confirm"), self.terminate(contract)]
                answers = self.race(*steps[::order])
                self.assertEqual(answers[0], "")
                if order == -1:
                    self.assertIn("has a termination already", answers[1])
                else:
                    self.assertEqual(contract.termination_id.residual_until, date(2028, 6, 30))

    def test_a_renewal_is_recorded_once(self):
        contract = self.create_committed("Renewed twice", start="2025-07-01")
        self.assertEqual(self.race(self.renew(), self.renew()), ["", ""])
        self.assertRenewedOnce(contract)

    def test_a_renewal_is_recorded_once_where_the_contract_is_terminated(self):
        """Both the job and the termination record what became certain: none refuses the other."""
        for order in (1, -1):
            with self.subTest(order):
                contract = self.create_committed("Renewed, left", start="2025-07-01")
                answers = self.race(*[self.renew(), self.terminate(contract)][::order])
                self.assertEqual(answers, ["", ""])
                self.assertRenewedOnce(contract)
                self.assertEqual(contract.date_end, date(2026, 9, 30))

    def renew(self):
        return self.user_root, lambda env: env["service.contract"]._cron_renew()

    def assertRenewedOnce(self, contract):
        words = [body for body in contract.message_ids.mapped("body") if "Renewed tacitly" in body]
        self.assertEqual((len(contract.commitment_ids), len(words)), (2, 1))
        self.assertFalse(self.env["service.exception"]._get_open(contract, "contract"))

    def test_time_is_granted_once_by_job_and_session(self):
        """The first session of a month is closed while the daily job grants the month."""
        self.level_unlimited.write({"allowance_quantity": 1, "allowance_period": "1"})
        contract = self.create_committed("Granted once", start="2026-05-01")
        with freeze_time("2026-07-01 09:00:00"):
            session = self.create_session(
                [("2026-07-01 08:00:00", 1800)], customer=contract.partner_id, done=False
            )
            self.commit()
            grant = (
                self.user_root,
                lambda env: (
                    env["service.contract"].browse(contract.id)._make_allowances(date(2026, 7, 1))
                ),
            )
            answers = self.race(grant, self.by(session, "action_done", self.user_technician))
        self.assertEqual(answers, ["", ""])
        july = contract.allowance_ids.filtered(lambda row: row.period_start == date(2026, 7, 1))
        self.assertEqual(len(july), 1)
        self.assertEqual(session.state, "done")

    # ----- Bills -----

    def test_two_runs_bill_once(self):
        contract = self.create_committed("Two runs", start="2026-06-01")
        answers = self.race(self.bill(), self.bill())
        self.assertEqual(answers, ["", ""])
        self.assertEqual(contract.charge_ids.billed_quantity, 1)
        self.assertEqual(len(contract.charge_ids.move_line_ids), 1)

    def test_a_run_is_started_and_posted_once(self):
        contract = self.create_committed("One run", start="2026-06-01")
        with self.acting(self.user_accountant) as env:
            run = env["service.billing.run"].create({"cutoff_date": "2026-06-15"})
        steps = {
            "action_start": (
                self.user_accountant,
                lambda env: self.start_run(env[run._name].browse(run.id)),
            ),
            "action_post_invoices": self.by(run, "action_post_invoices", self.user_accountant),
        }
        for method, words in (
            ("action_start", "has been started already"),
            ("action_post_invoices", ""),
        ):
            with self.subTest(method):
                answers = self.race(steps[method], steps[method])
                self.assertEqual(answers[0], "")
                self.assertIn(words, answers[1])
        invoice = contract.charge_ids.move_line_ids.move_id
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.state, "posted")

    def test_what_is_waived_or_held_beside_a_run_is_not_billed(self):
        for decide in (self.waive, self.hold):
            for order in (1, -1):
                with self.subTest(decide=decide.__name__, order=order):
                    contract = self.create_committed("Waived, billed", start="2026-06-01")
                    contract._generate_charges(date(2026, 6, 15))
                    self.commit()
                    charge = contract.charge_ids
                    decision = (
                        self.user_accountant,
                        lambda env, decide=decide, charge=charge: decide(charge.with_env(env)),
                    )
                    answers = self.race(*[decision, self.bill()][::order])
                    self.assertEqual(answers[0], "")
                    is_billed = bool(charge._billed_lines())
                    self.assertEqual(is_billed, order == -1)
                    self.assertEqual("is on invoice" in answers[1], is_billed)

    def test_a_session_contested_beside_a_run_is_in_no_invoice(self):
        """Invariant 4: the customer contests on the last day, while the accountant bills."""
        self.company.service_default_level_id = self.level
        for order in (1, -1):
            with self.subTest(order):
                customer = self.create_customer("Contests", email="contests@example.com")
                session = self.create_session([("2026-06-10 09:00:00", 1800)], customer=customer)
                session = session.sudo()
                session._set_sheet_sent()
                self.commit()
                contest = (
                    self.user_root,
                    lambda env, session=session: (
                        env["service.session"].browse(session.id)._set_sheet_contested("Not me")
                    ),
                )
                answers = self.race(*[contest, self.bill()][::order])
                self.assertEqual(answers[0], "")
                is_billed = bool(session.charge_ids._billed_lines())
                self.assertEqual(is_billed, order == -1)
                self.assertEqual(session.sheet_state == "contested", not is_billed)
                self.assertEqual("is billed on" in answers[1], is_billed)
