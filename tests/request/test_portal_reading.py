from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RequestCommon

# Paths by which a portal user could find, letter by letter, what it may not read.
PATHS = (
    "message_ids.body",
    "website_message_ids.body",
    "message_ids.subject",
    "activity_ids.note",
    "activity_ids.summary",
    "message_follower_ids.partner_id.name",
    "line_ids.name",
    "connection_ids.name",
    "charge_ids.name",
    "internal_note",
    "report",
    "contest_text",
    "settlement_note",
    "sheet_message_id.body",
    "contract_id.note",
    "delay_ids.note",
    "check_ids.note",
    "partner_id.service_session_ids.internal_note",
)


@tagged("post_install", "-at_install")
class TestPortalReading(RequestCommon):
    """What portal users may not read, no domain, order or group tells them (PORTAL_FIELDS)."""

    def setUp(self):
        super().setUp()
        self.session = self.create_request(self.customer, internal_note="<p>secret</p>")
        note = {"body": "secret note", "subtype_xmlid": "mail.mt_note"}
        self.session.sudo().message_post(**note)
        self.env.flush_all()

    def get_sessions(self):
        self.env.invalidate_all()
        return self.env["service.session"].with_user(self.user_portal)

    def search(self, domain, **options):
        return self.get_sessions().search(domain, **options)

    def check_refused(self, ask):
        """Let a question be refused, by rights or as one about no such field."""
        try:
            with self.env.cr.savepoint():
                found = ask()
        except (AccessError, ValueError):
            return
        self.fail(f"answered: {found}")

    def test_the_portal_reads_its_request(self):
        self.assertIn(self.session, self.get_sessions().search([]))

    def test_no_path_of_a_domain_tells_what_is_not_read(self):
        for path in PATHS:
            with self.subTest(path):
                self.check_refused(lambda path=path: self.search([(path, "ilike", "s%")]))

    def test_no_order_and_no_group_tells_it(self):
        for name in ("internal_note", "message_ids", "contract_id", "user_id"):
            with self.subTest(name):
                self.check_refused(lambda name=name: self.search([], order=name))
                self.check_refused(
                    lambda name=name: self.get_sessions().formatted_read_group(
                        [], [name], ["__count"]
                    )
                )

    def test_no_relation_of_a_field_that_is_read_leads_to_our_texts(self):
        """Our own fields on what the portal reads are of its own records, or are refused."""
        sessions = self.get_sessions()
        names = [name for name, field in sessions._fields.items() if field.relational]
        readable = [
            name for name in names if sessions._has_field_access(sessions._fields[name], "read")
        ]
        self.assertEqual(
            set(readable), {"company_id", "partner_id", "contact_id", "commercial_partner_id"}
        )

    def test_no_message_of_the_staff_is_found(self):
        messages = self.env["mail.message"].with_user(self.user_portal)
        found = messages.search([("body", "ilike", "secret"), ("res_id", "=", self.session.id)])
        self.assertFalse(found)
