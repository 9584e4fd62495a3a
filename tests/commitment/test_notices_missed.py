from odoo.tests import freeze_time, tagged

from ..common import ServiceContractCommon

CRON = "service_contract.service_renewal_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestMissedNotices(ServiceContractCommon):
    """L01: a notice that was not sent in time frees the customer, which somebody has to know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "customer@example.com"
        cls.contract = cls.create_contract(regime="consumer")
        cls.term = cls.contract.commitment_ids

    def run_on(self, *days):
        for day in days:
            self.startPatcher(freeze_time(day))
            self.env.flush_all()
            self.run_cron(CRON)

    def rows(self, contract=None):
        terms = (contract or self.contract).commitment_ids
        return self.env["service.exception"].search(
            [("res_model", "=", terms._name), ("res_id", "in", terms.ids)]
        )

    def test_l01_who_answers_is_told_once_the_window_has_closed(self):
        self.run_on("2026-10-29")
        self.assertFalse(self.rows())
        self.run_on("2026-10-31", "2026-11-01")
        row = self.rows().with_user(self.user_sales)
        self.assertEqual((row.state, row.user_id), ("open", self.contract.user_id))
        self.assertIn("was not informed by 10/30/2026", row.detail)
        self.assertIn("can still be sent until 11/30/2026", row.detail)
        self.assertIn("may leave at any time", row.detail)
        self.assertEqual(row.action_open_record()["res_id"], self.term.id)
        activity = self.contract.activity_ids
        self.assertEqual((len(activity), activity.user_id), (1, self.contract.user_id))
        self.run_on("2026-12-01", "2026-12-02")
        self.assertEqual(self.rows(), row)
        self.assertNotIn("can still be sent", row.detail)
        self.assertEqual(self.contract.activity_ids, activity, "one matter, one reminder")

    def test_l01_notice_sent_at_last_settles_the_matter(self):
        self.run_on("2026-10-31")
        self.term.with_user(self.user_manager).action_send_notice()
        self.assertEqual(self.rows().state, "done")
        self.run_on("2026-12-01")
        self.assertEqual(self.rows().state, "done")

    def test_l01_years_of_outage_make_one_matter(self):
        self.run_on("2029-02-01")
        self.assertEqual(len(self.contract.commitment_ids), 4)
        row = self.rows()
        self.assertEqual(len(row), 1)
        self.assertEqual(row.res_id, self.contract.commitment_ids.sorted("number")[2].id)
        self.assertEqual(len(self.contract.activity_ids), 1)
        self.assertTrue(
            all(self.contract.commitment_ids.sorted("number")[1:].mapped("is_free_exit"))
        )

    def test_l01_whose_salesperson_has_left_is_told_to_a_manager(self):
        self.contract.user_id = False
        self.run_on("2026-10-31")
        user = self.rows().user_id
        self.assertIn(user, self.company._get_service_managers())
        self.assertEqual(self.contract.activity_ids.user_id, user)

    def test_l02_professionals_leave_only_as_agreed(self):
        self.contract.family_id.is_notice_to_professionals = True
        contract = self.create_contract(regime="professional")
        self.run_on("2026-10-31")
        self.assertIn("was not informed", self.rows(contract).detail)
        self.assertNotIn("at any time", self.rows(contract).detail)

    def test_s35_terms_too_short_for_the_law_remind_nobody(self):
        """3 + 1 months with a notice of one: no day would have been in time."""
        contract = self.create_contract(
            regime="consumer", initial_months=3, tacit_months=1, notice_count=1
        )
        self.run_on("2026-06-15")
        late = contract.commitment_ids.filtered(lambda term: term._get_notice_window().late)
        self.assertTrue(late.filtered(lambda term: term.notice_state == "missed"))
        self.assertFalse(set(late.ids) & set(self.rows(contract).mapped("res_id")))

    def test_those_told_of_are_passed_over(self):
        self.run_on("2026-10-31")
        terms = self.env["service.commitment"]
        self.assertNotIn(self.term, terms.search(terms._get_missed_domain()))
