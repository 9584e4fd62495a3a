from . import test_debit_notices
from . import test_debit_schedules
from . import test_to_collect
from . import test_debit_files
