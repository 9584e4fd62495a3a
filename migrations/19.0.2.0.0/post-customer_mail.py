"""Mails to customers are no notes of the staff: answers to them are read by whom they are for.

It stays out of the portal, as it was: sheets hold the link that answers.
"""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE mail_message message
           SET subtype_id = mails.res_id, is_internal = TRUE
          FROM ir_model_data mails, ir_model_data notes
         WHERE (mails.module, mails.name) = ('service_contract', 'mt_customer_mail')
           AND (notes.module, notes.name) = ('mail', 'mt_note')
           AND message.model = 'service.session'
           AND message.subtype_id = notes.res_id
           AND EXISTS (
                SELECT
                  FROM mail_notification notification
                  JOIN res_partner partner ON partner.id = notification.res_partner_id
                 WHERE notification.mail_message_id = message.id
                   AND partner.partner_share
               )
        """
    )
