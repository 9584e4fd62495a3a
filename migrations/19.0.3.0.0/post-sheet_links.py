"""Messages that are kept name a sheet; the signed link that answers it stands in mails alone."""

SIGNED = r"/service/sheet/(\d+)/[0-9a-f]{64}"


def migrate(cr, version):
    cr.execute(
        """
        UPDATE mail_message
           SET body = regexp_replace(body, %(signed)s, '/service/sheets/\\1/0', 'g')
         WHERE model = 'service.session'
           AND body ~ %(signed)s
        """,
        {"signed": SIGNED},
    )
