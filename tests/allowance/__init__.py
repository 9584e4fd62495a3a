from . import test_allowances
from . import test_allowances_credited
