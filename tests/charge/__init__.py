from . import test_charge_billing
from . import test_charge_credit
from . import test_charge_locks
from . import test_credit_decisions
from . import test_invoice_locks
from . import test_invoice_readers
from . import test_rounding
