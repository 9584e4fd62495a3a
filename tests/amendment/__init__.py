from . import test_amendment
from . import test_amendment_exit
from . import test_amendment_level
from . import test_amendment_loss
from . import test_amendment_loss_paid
from . import test_amendment_periods
from . import test_amendment_renewal
from . import test_contract_changes
