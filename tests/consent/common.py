from freezegun import freeze_time

from ..session.common import SessionCommon

ASKED = "2026-06-15 09:00:00"
SOON = "2026-06-15 09:05:00"
ADDRESS = "192.0.2.7"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)


class ConsentCommon(SessionCommon):
    """A level that demands the customer's order before its timer starts, as NETSI does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.consent_rule = "code"
        cls.conditions = cls.env["service.conditions"].create(
            {
                "name": "Remote maintenance",
                "code": "REMOTE",
                "version": "1",
                "effective_date": "2020-01-01",
                "body": "<p>Every started half-hour is due.</p>",
                "consent_risks": "Deletion of data\nChange of settings",
                "consent_declarations": "I am present and watch\nI have backups",
            }
        )
        cls.family.conditions_id = cls.conditions
        cls.customer.write({"email": "customer@example.com", "lang": "en_US"})
        cls.company.email = "desk@example.com"
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Camille Person",
                "service_regime": "consumer",
                "country_id": cls.env.ref("base.fr").id,
                "email": "camille@example.com",
                "lang": "en_US",
            }
        )

    def prepare(self, customer=None, at=ASKED, **vals):
        """Return a session of the technician that nobody has begun."""
        with freeze_time(at):
            return self.open_session(customer=customer, request="The printer is mute", **vals)

    def ask(self, session=None, at=ASKED, **vals):
        """Return ``(session, consent, code)`` that the technician asked for."""
        session = session or self.prepare(at=at, **vals)
        with freeze_time(at):
            consent, code = session.with_user(self.user_technician)._ask_consent()
        return session, consent, code

    def open(self, code, at=SOON, address=ADDRESS):
        """Return the consent that a code opens for somebody who is not logged in."""
        public = self.env.ref("base.public_user")
        with freeze_time(at):
            return self.env["service.consent"].with_user(public)._open_by_code(code, address)

    def fill(self, consent, **values):
        """Return what the page posts when all is ticked."""
        page = consent._get_page()
        ticks = {f"declaration_{number}": "1" for number in range(len(page["declarations"]))}
        return {**ticks, "digest": page["digest"], "reservations": "", **values}

    def give(self, code, at=SOON, **values):
        consent = self.open(code, at)
        with freeze_time(at):
            consent._give(self.fill(consent, **values), ADDRESS, CHROME, {})
        return consent

    def start(self, session, at=SOON):
        with freeze_time(at):
            session.with_user(self.user_technician).action_start()
        return session
