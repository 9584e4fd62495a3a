from . import test_sending
from . import test_sending_at_once
