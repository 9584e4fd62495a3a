from . import test_price_revision
