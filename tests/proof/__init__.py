from . import test_control
from . import test_proof
