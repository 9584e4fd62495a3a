"""What sheets say that are out or answered: what they are compared with once they change (S30)."""


def migrate(cr, version):
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
