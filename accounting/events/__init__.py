"""What happened that the books must tell, read from the tables of the floors below.

Events are never stored: they are facts that stand in those tables, and facts only grow. An event
read again is the same event under the same key, so a voucher can be made of it once and only once.
"""

from accounting.events.event import Event
from accounting.events.reading import events_of

__all__ = ["Event", "events_of"]
