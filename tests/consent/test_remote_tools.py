"""Remote tools: what customers install, how technicians open them, no passwords (S26)."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
class TestRemoteTools(ServiceContractCommon):
    def create_tool(self, **vals):
        return self.env["service.remote.tool"].create({"name": "Tool", **vals})

    def test_links_of_each_tool(self):
        device = self.env["service.equipment"].create(
            {"name": "PC-1", "partner_id": self.customer.id, "remote_tool_id": "123 456 789"}
        )
        self.assertFalse(device.launch_url)
        for pattern, url in (
            ("teamviewer10://control?device={id}", "teamviewer10://control?device=123456789"),
            ("anydesk:{id}", "anydesk:123456789"),
            ("rustdesk://{id}", "rustdesk://123456789"),
            ("https://help.example.com/{id}", "https://help.example.com/123456789"),
        ):
            tool = self.create_tool(launch_pattern=pattern)
            device.invalidate_recordset(["launch_url"])
            self.assertEqual(device.with_user(self.user_technician).launch_url, url)
            tool.active = False

    def test_no_harmful_links_and_no_passwords(self):
        for pattern in ("javascript:alert({id})", "data:{id}", "anydesk:", "rustdesk://{id}?pwd=1"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.create_tool(launch_pattern=pattern)
        for url in ("javascript:alert(1)", "http://example.com", "https:///"):
            for name in ("session_url", "permanent_url"):
                with self.assertRaises(ValidationError), self.env.cr.savepoint():
                    self.create_tool(**{name: url})

    def test_a_technicians_own_links_go_first(self):
        tools = self.env["service.remote.tool"]
        shared = self.create_tool()
        own = self.create_tool(user_id=self.user_technician.id)
        self.assertEqual(tools._get_for(self.user_technician, self.company), own)
        self.assertEqual(tools._get_for(self.user_manager, self.company), shared)
        self.assertEqual(tools._get_for(self.env["res.users"], self.company), shared)
