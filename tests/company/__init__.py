from . import test_books
from . import test_setup
from . import test_service_taxes
