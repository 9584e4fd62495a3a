from . import test_sheet_link
from . import test_sheet
from . import test_sheet_page
from . import test_sheet_revisions
from . import test_statement
from . import test_warranty
