from . import test_returned_debits
from . import test_bank_files
from . import test_bank_file_tour
from . import test_file_credits
from . import test_returns_alike
from . import test_booking
from . import test_booking_killed
from . import test_return_fee
