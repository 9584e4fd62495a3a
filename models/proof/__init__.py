from . import account_payment_lot
from . import account_payment
from . import account_payment_order
from . import service_billing_run
from . import service_debit_report
