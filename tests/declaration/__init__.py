from . import test_declarations
from . import test_declaration_page
from . import test_declaration_limits
from . import test_declarations_at_once
from . import test_declarations_kept
