"""What was chosen of customers is kept on them (L02); what was merely guessed is asked once."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE res_partner customer
           SET service_regime = chosen.regime,
               service_is_small_firm = chosen.is_small_firm
          FROM (
                SELECT DISTINCT ON (contract.commercial_partner_id)
                       contract.commercial_partner_id AS id,
                       contract.regime,
                       COALESCE(contract.is_small_firm, FALSE) AS is_small_firm
                  FROM service_contract contract
                  JOIN res_partner partner ON partner.id = contract.commercial_partner_id
                 WHERE contract.state != 'cancelled'
                   AND (
                        contract.is_small_firm
                        OR contract.regime != CASE WHEN partner.is_company
                                                   THEN 'professional' ELSE 'consumer' END
                   )
              ORDER BY contract.commercial_partner_id, contract.date_start DESC, contract.id DESC
               ) chosen
         WHERE customer.id = chosen.id
        """
    )
