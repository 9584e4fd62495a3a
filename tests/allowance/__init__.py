from . import test_allowances
from . import test_allowance_locks
from . import test_allowances_credited
