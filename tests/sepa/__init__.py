from . import test_contract_sepa
from . import test_sepa
from . import test_sepa_words
from . import test_debit_guards
from . import test_mandates
from . import test_e_invoices
from . import test_invoice_notice
from . import test_order_locks
