"""Sheets that are out or answered: what they say, and whether their customer wrote since (S30)."""


def migrate(cr, version):
    _note_shown(cr)
    _note_written(cr)


def _note_written(cr):
    """Take sheets out of silence whose customer wrote after they were sent."""
    cr.execute(
        """
        UPDATE service_session session
           SET sheet_written_at = written.date
          FROM (
                SELECT message.res_id, MAX(message.date) AS date
                  FROM mail_message message
             LEFT JOIN res_partner author ON author.id = message.author_id
                 WHERE message.model = 'service.session'
                   AND message.message_type IN ('comment', 'email')
                   AND CASE WHEN author.id IS NULL THEN message.message_type = 'email'
                            ELSE author.partner_share END
              GROUP BY message.res_id
               ) written
         WHERE session.id = written.res_id
           AND session.state = 'done'
           AND session.sheet_state = 'sent'
           AND written.date >= session.sheet_sent_at
        """
    )
    cr.execute(
        """
        UPDATE service_charge charge
           SET hold_cause = 'written', hold_until = NULL
          FROM service_session session
         WHERE session.id = charge.session_id
           AND session.sheet_written_at IS NOT NULL
           AND charge.hold_cause = 'sent'
        """
    )


def _note_shown(cr):
    cr.execute(
        """
        UPDATE service_session session
           SET sheet_amount = session.amount_total,
               sheet_currency_id = session.currency_id,
               sheet_connections = COALESCE(
                    (
                        SELECT jsonb_agg(
                                   jsonb_build_object(
                                       'id', line.id,
                                       'name', CONCAT_WS(
                                           ', ', NULLIF(line.service_workstation, ''), employee.name
                                       ),
                                       'start',
                                       to_char(line.service_start, 'YYYY-MM-DD HH24:MI:SS'),
                                       'stop',
                                       to_char(line.service_stop, 'YYYY-MM-DD HH24:MI:SS')
                                   )
                                   ORDER BY line.service_start,
                                            COALESCE(line.service_workstation, '')
                               )
                          FROM account_analytic_line line
                          JOIN hr_employee employee ON employee.id = line.employee_id
                         WHERE line.service_session_id = session.id
                    ),
                    '[]'::jsonb
               )
         WHERE session.sheet_state != 'draft'
        """
    )
