from . import test_returned_debits
from . import test_bank_files
