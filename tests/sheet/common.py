from freezegun import freeze_time

from ..session.common import NOON, SessionCommon

CRON = "service_contract.service_session_sheet_cron"


class SheetCommon(SessionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.contest_days = 5
        cls.customer.write({"email": "customer@example.com", "lang": "en_US"})
        cls.company.email = "desk@example.com"

    def close(self, at="2026-03-02 12:00:00", customer=None, **vals):
        """Return a session closed by the technician at an instant in UTC."""
        with freeze_time(at):
            return self.create_session([(NOON, 60)], customer=customer, **vals)

    def send(self, session, at="2026-03-02 12:00:00"):
        with freeze_time(at):
            session.with_user(self.user_technician).action_send_sheet()
            self.env.flush_all()
        return session

    def close_and_send(self, at="2026-03-02 12:00:00", **vals):
        return self.send(self.close(at, **vals), at)

    def deliver(self, session, at="2026-03-02 12:00:00", **failure):
        """Let the mail server take the mail of a sheet, or refuse it."""
        mail = self.env["mail.mail"].search(
            [("mail_message_id", "=", session.sudo().sheet_message_id.id)]
        )
        self.assertTrue(mail)
        with freeze_time(at):
            partner = session._get_sheet_recipient()
            mail._postprocess_sent_message(
                success_pids=[] if failure else partner, success_emails=[], **failure
            )

    def contest(self, session, text="I was not there", at="2026-03-03 12:00:00"):
        with freeze_time(at):
            session._set_sheet_contested(text)

    def cron(self, at):
        with freeze_time(at):
            self.run_cron(CRON)

    def bill(self, at="2026-03-31 12:00:00", user=None):
        with freeze_time(at):
            return self.create_run(at[:10], user=user or self.user_accountant)

    def state(self, session):
        charge = session.sudo().charge_ids
        return session.sheet_state, charge.state, charge.hold_cause, charge.hold_until
