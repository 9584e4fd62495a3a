from . import test_activation
from . import test_clauses
from . import test_charges
from . import test_contract
from . import test_documents
from . import test_prepared_charges
from . import test_suspension
from . import test_takeover
