from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import remote_links


class ServiceRemoteTool(models.Model):
    """A remote control tool: what customers install, and how technicians open it (S26).

    It has no password, nor a place for one.
    """

    _name = "service.remote.tool"
    _description = "Remote Control Tool"
    _inherit = ["service.catalogue.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Technician",
        check_company=True,
        domain="[('share', '=', False)]",
        help="Whose own links these are; empty: everybody's who has none.",
    )
    session_url = fields.Char(
        string="Download for one Session",
        help="What the customer starts for one session; shown on the public pages.",
    )
    permanent_url = fields.Char(
        string="Download of the Permanent Client",
        help="What is installed for unattended access, by agreement alone.",
    )
    launch_pattern = fields.Char(
        string="Launch Link",
        help="How it is opened on a device, with {id} in the place of its number: "
        "teamviewer10://control?device={id}, anydesk:{id}, rustdesk://{id}, or your own.",
    )
    prerequisites = fields.Text(
        translate=True, help="One a line: what customers need; shown on the public pages."
    )

    @api.constrains("session_url", "permanent_url")
    def _check_downloads(self):
        for tool in self:
            for url in filter(None, (tool.session_url, tool.permanent_url)):
                if not remote_links.is_download(url):
                    raise ValidationError(
                        self.env._(
                            "%(tool)s: customers are shown links that begin with https:// only.",
                            tool=tool.name,
                        )
                    )

    @api.constrains("launch_pattern")
    def _check_launch_pattern(self):
        for tool in self.filtered("launch_pattern"):
            if problem := remote_links.find_problem(tool.launch_pattern):
                raise ValidationError(tool._get_pattern_words(problem))

    def _get_pattern_words(self, problem):
        if problem == "place":
            return self.env._("%(tool)s: write {id} once, where its number stands.", tool=self.name)
        if problem == "secret":
            return self.env._(
                "%(tool)s: passwords of remote tools are kept nowhere, nor in links.",
                tool=self.name,
            )
        return self.env._(
            "%(tool)s: begin the link with the tool's own scheme, such as anydesk:.", tool=self.name
        )

    @api.model
    def _get_for(self, user, company):
        """Return the tools that a technician offers: his own, else the company's."""
        tools = self.sudo().search([("company_id", "=", company.id)])
        own = tools.filtered(lambda tool: user and tool.user_id == user)
        return own or tools.filtered(lambda tool: not tool.user_id)
