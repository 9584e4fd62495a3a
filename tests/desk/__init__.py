from . import test_controls
from . import test_desk
from . import test_desk_tour
