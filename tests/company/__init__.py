from . import test_books
from . import test_setup
