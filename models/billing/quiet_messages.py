"""Messages of many records in one go, where nobody would be told of them."""

from odoo.tools.misc import clean_context


def split_quiet(records):
    """Return the records that nobody but the author of what is logged follows, then the others."""
    author = records.env.user.partner_id
    quiet = records.filtered(lambda record: not record.message_partner_ids - author)
    return quiet, records - quiet


def post_quietly(records, subtype, prepare_values):
    """Make the messages that ``message_post`` makes where it notifies nobody.

    :param prepare_values: function of a record, returns what else ``message_post`` is given
    """
    given = [prepare_values(record) for record in records]
    context = clean_context(records.env.context)
    records = records.with_env(records.env(context=context)).sudo()._fallback_lang()
    env = records.env
    author_id, email_from = records._message_compute_author()
    domains = records._mail_get_alias_domains(default_company=env.company)
    companies = records._mail_get_companies(default=env.company)
    reply_to = records._notify_get_reply_to(default=email_from, author_id=author_id)
    parents = _get_parents(records)
    tracked = [values.pop("tracking_value_ids", []) for values in given]
    messages = records._message_create(
        [
            {
                "author_id": author_id,
                "email_from": email_from,
                "email_add_signature": True,
                "model": record._name,
                "res_id": record.id,
                "message_type": "notification",
                "subtype_id": subtype.id,
                "parent_id": parents.get(record.id, False),
                "record_alias_domain_id": domains[record.id].id,
                "record_company_id": companies[record.id].id,
                "reply_to": reply_to[record.id],
                **values,
            }
            for record, values in zip(records, given, strict=True)
        ]
    )
    env["mail.tracking.value"].create(
        [
            {**command[2], "mail_message_id": message.id}
            for message, commands in zip(messages, tracked, strict=True)
            for command in commands
        ]
    )


def _get_parents(records):
    """Return ``{record id: id of the message that a new one follows}`` as ``message_post``."""
    domain = [
        ("model", "=", records._name),
        ("res_id", "in", records.ids),
        ("message_type", "!=", "user_notification"),
    ]
    messages = records.env["mail.message"].sudo().search(domain, order="id")
    return {
        res_id: max(
            group,
            key=lambda row: (
                row.message_type in ("comment", "email"),
                row.date or row.create_date,
                row.id,
            ),
        ).id
        for res_id, group in messages.grouped("res_id").items()
    }
