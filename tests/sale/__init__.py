from . import test_quote_clauses
from . import test_shown_prices
from . import test_customer_regime
from . import test_quote_document
from . import test_sale_order
from . import test_sale_order_agreed
from . import test_sale_order_payment
from . import test_sale_order_telecom
