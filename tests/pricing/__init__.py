from . import test_closing
from . import test_coverage
from . import test_equipment
from . import test_price_override
from . import test_scope
from . import test_session_explanation
from . import test_session_pricing
from . import test_level_without_contract
