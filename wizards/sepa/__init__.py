from . import account_move_reversal
from . import service_debit_check
from . import service_debit_anyway
from . import account_payment_register
from . import service_missing_address
from . import base_partner_merge
from . import service_mandate_replacement
