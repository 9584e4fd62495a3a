"""Work goes on as who asked for it, as long as he is there and may do it."""


def as_asker(record, user, may, **context):
    """Return a record as the user who asked for its work, in his language and in its company.

    Where nobody asked, or he has left or may no longer do it, the work goes on as itself, in the
    company's language.

    :param may: function that tells of the record, as the user, whether he may do the work
    :param context: what else the work's context says
    """
    record.ensure_one()
    company = record.company_id
    context = {"allowed_company_ids": company.ids, **context}
    mine = record.with_user(user).with_context(lang=user.lang, tz=user.tz, **context)
    if user.active and company in user.company_ids and may(mine):
        return mine
    return record.with_context(lang=company.partner_id.lang or record.env.lang, **context)
