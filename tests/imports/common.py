import base64

from odoo.tests import new_test_user

from ..common import ServiceContractCommon

HEADER = "device;device name;user;start;stop;customer;note"


class ConnectionImportCase(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env,
            login="service_colleague",
            groups="service_contract.service_contract_group_user",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
            tz="Europe/Paris",
        )
        cls.employee_colleague = cls.env["hr.employee"].create(
            {"name": "Colleague", "user_id": cls.colleague.id, "company_id": cls.company.id}
        )
        cls.customer.tz = "Europe/Paris"
        cls.equipment = cls.env["service.equipment"].create(
            {
                "name": "Front Desk",
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "remote_tool_id": "123 456 789",
            }
        )
        cls.env["service.remote.user"].create(
            [
                {"name": "tech", "employee_id": cls.employee.id, "company_id": cls.company.id},
                {
                    "name": "colleague@ad",
                    "employee_id": cls.employee_colleague.id,
                    "company_id": cls.company.id,
                },
            ]
        )

    @classmethod
    def line(cls, start, stop, device="123456789", user="tech", name="", customer="", note=""):
        return f"{device};{name};{user};2026-03-02 {start};2026-03-02 {stop};{customer};{note}"

    def wizard(self, *lines, user=None, header=HEADER, **vals):
        return (
            self.env["service.connection.import"]
            .with_user(user or self.user_technician)
            .create(
                {
                    "file": base64.b64encode("\n".join((header, *lines)).encode()),
                    "file_name": "log.csv",
                    **vals,
                }
            )
        )

    def preview(self, *lines, **options):
        wizard = self.wizard(*lines, **options)
        wizard.action_preview()
        return wizard

    def load(self, *lines, **options):
        wizard = self.preview(*lines, **options)
        wizard.action_import()
        return wizard

    def reasons(self, wizard):
        return {problem.line: problem.reason for problem in wizard.problem_ids}

    def sessions(self, wizard):
        return wizard.log_id.session_ids.sorted("start")
