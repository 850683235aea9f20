"""What runs before the project's own Python exists: started with the machine's bare ``python3``, so stdlib only."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older Python is told so, in place of a SyntaxError
    sys.exit("Python 3.11 or newer is needed; this is {}.{}.".format(*sys.version_info[:2]))
