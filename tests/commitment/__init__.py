from . import test_commitment
from . import test_notices
from . import test_notices_missed
from . import test_renewal
from . import test_renewal_outages
from . import test_termination
from . import test_withdrawal
