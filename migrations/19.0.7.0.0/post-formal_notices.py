"""Formal notices that a person has noted are told from those of letters, which may come back."""


def migrate(cr, version):
    """Mark what no letter of a formal level accounts for: a person has noted it (L15c)."""
    if not version:
        return
    cr.execute(
        """
        UPDATE account_move move
           SET service_is_notice_served = TRUE
         WHERE move.service_formal_notice_on IS NOT NULL
           AND NOT EXISTS (
               SELECT 1
                 FROM service_reminder_line line
                 JOIN service_reminder_level level ON level.id = line.level_id
                WHERE line.move_id = move.id
                  AND level.is_formal
                  AND line.sent_on = move.service_formal_notice_on
           )
        """
    )
