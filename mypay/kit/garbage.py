"""When Python looks for garbage: seldom, and never among what was there from the start."""

import gc


def look_seldom() -> None:
    """For a process that works for long, once it is set up.

    Reference counts free nearly all; the collector is for cycles. By default it goes through everything that is alive at
    every few hundred new objects: a third of what a delivery costs, a tenth of a test.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
