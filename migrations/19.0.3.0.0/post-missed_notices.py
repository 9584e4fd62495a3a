"""Of notices that were not sent in time, somebody is told: not of those of terms gone by."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE service_commitment SET missed_told = 'missed'
         WHERE notice_state = 'missed' AND date_end < CURRENT_DATE
        """
    )
