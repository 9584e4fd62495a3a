from . import test_control
from . import test_debit_tour
from . import test_proof
