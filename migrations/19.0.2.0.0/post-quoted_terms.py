"""Open quotations commit to what their families say, until somebody negotiates it (S35)."""


def migrate(cr, version):
    cr.execute(
        """
        INSERT INTO service_quoted_term (
               order_id, company_id, family_id, initial_months, tacit_months, notice_count,
               notice_unit, create_uid, write_uid, create_date, write_date
        )
        SELECT DISTINCT sale.id, sale.company_id, family.id,
               COALESCE(family.initial_months, 0), COALESCE(family.tacit_months, 0),
               COALESCE(family.notice_count, 0), family.notice_unit,
               1, 1, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
          FROM sale_order sale
          JOIN sale_order_line line ON line.order_id = sale.id AND line.service_is_recurring
          JOIN product_product product ON product.id = line.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
          JOIN service_family family ON family.id = template.service_family_id
     LEFT JOIN service_contract amended ON amended.id = sale.service_amended_contract_id
         WHERE sale.state IN ('draft', 'sent')
           AND family.id IS DISTINCT FROM amended.family_id
        """
    )
