"""A budget in dollars that is never overshot: what a call may cost at most is put aside before it.

What a call turned out to cost is paid, the rest is put back. A call that broke off may have been
billed, so all that was put aside for it counts as spent. Knows nothing of models.
"""

import threading
from dataclasses import dataclass, field


@dataclass
class Purse:
    """Safe to share between threads."""

    budget: float
    spent: float = 0.0
    """At most: what broke off is counted in full."""
    aside: float = 0.0
    """For calls under way."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def left(self) -> float:
        return self.budget - self.spent - self.aside

    def put_aside(self, amount: float) -> bool:
        """Whether there was enough."""
        with self._lock:
            if amount > self.left:
                return False
            self.aside += amount
            return True

    def settle(self, amount: float, paid: float) -> None:
        """A call that `amount` was put aside for is over."""
        with self._lock:
            self.aside -= amount
            self.spent += paid
