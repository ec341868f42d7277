"""Why an adapter is not taken: one line each, and never the bare base in its place.

    AdapterError              a KnowhowError: this adapter cannot serve
    ├── AdapterMissing        there is no such version where it was looked for
    ├── AdapterForeign        made for another base, or another version than was asked for
    ├── AdapterBroken         unsafe, damaged, or not answering as when it was published
    └── NoRoomForAdapter      the memory bound is taken by adapters in use

This module imports only the root of the tree.
"""

from knowhow_memory.errors import KnowhowError


class AdapterError(KnowhowError):
    """An adapter cannot serve."""


class AdapterMissing(AdapterError):
    """There is no such version where it was looked for."""


class AdapterForeign(AdapterError):
    """It was made for another base, or is another version than was asked for."""


class AdapterBroken(AdapterError):
    """It is unsafe, damaged, or does not answer as when it was published."""


class NoRoomForAdapter(AdapterError):
    """The memory bound is taken by adapters that are in use."""
