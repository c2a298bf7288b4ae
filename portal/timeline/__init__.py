"""What became of one object, in the order of its time: calls, states, money, the rail, events and deliveries as one story."""

from portal.timeline.moments import Exchange, Fact, Moment
from portal.timeline.tell import timeline

__all__ = ["Exchange", "Fact", "Moment", "timeline"]
