from odoo import api, fields, models


class ServiceBatchPosition(models.Model):
    """How far a step of a scheduled job has come in its present pass.

    A job that is called again, or whose process was killed, goes on there: where the records that
    it looks at stay in its domain, it would begin anew each time and never come to the end.
    """

    _name = "service.batch.position"
    _description = "Position of a Scheduled Job"

    name = fields.Char(string="Step", required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, help="The day on which the pass began.")
    last_id = fields.Integer(string="Last Record", readonly=True)
    is_done = fields.Boolean(string="Looked at All", readonly=True)
    left_ids = fields.Json(
        string="Left Aside", readonly=True, help="Records that somebody else was handling."
    )

    _name_once = models.UniqueIndex("(name)", "The step has its position already.")

    @api.model
    def _get(self, name):
        """Return the position of a step in the pass of today, at its beginning where there is none.

        A pass that another day began is not gone on with.
        """
        today = fields.Date.today()
        position = self.sudo().search([("name", "=", name)])
        if not position:
            return self.sudo().create({"name": name, "day": today})
        if position.day != today:
            position.write({"day": today, "last_id": 0, "is_done": False, "left_ids": False})
        return position

    def _pass_by(self, batch, left):
        """Note that a batch was handled, but for those that were left."""
        self.ensure_one()
        others = set(self.left_ids or ()) - set(batch.ids)
        self.write(
            {
                "last_id": max([self.last_id, *batch.ids]),
                "left_ids": sorted(others | set(left.ids)),
            }
        )
