"""Technicians read their own connections; those of colleagues are shown without their cost."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ir_rule rule
           SET name = 'account.analytic.line: technicians read their own connections',
               domain_force =
               '[(''service_session_id'', ''!='', False), (''user_id'', ''='', user.id)]'
          FROM ir_model_data data
         WHERE (data.module, data.name) =
               ('service_contract', 'account_analytic_line_rule_service_user')
           AND data.model = 'ir.rule'
           AND rule.id = data.res_id
        """
    )
