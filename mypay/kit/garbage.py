"""When Python looks for garbage: seldom, and never among what was there from the start.

Reference counts free nearly all; the collector is for cycles. By default it goes through everything that is alive at
every few hundred new objects.
"""

import gc


def look_seldom() -> None:
    """For every process, from its settings on: it was a sixth of the time that a command takes to start."""
    gc.set_threshold(50_000, 20, 50)


def pass_over_what_is_loaded() -> None:
    """For a process that works for long, once it is set up: with the seldom looks it was a third of a delivery, a tenth of a test."""
    gc.collect()
    gc.freeze()
