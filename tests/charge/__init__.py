from . import test_charge_billing
from . import test_charge_credit
from . import test_rounding
