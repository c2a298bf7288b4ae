"""A program that has loaded MyPay and starts a worker, a copy of itself that runs `manage.py work`, at each line it is sent.

It says the worker's process id. So a test that kills dozens waits for none of them to load, and kills them at work.
"""

import ctypes
import os
import signal
import sys

import django

_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Until there are no more lines."""
    django.setup()
    from django.core.management import call_command

    from mypay.management.commands.work import Command

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is killed is gone
    for _ in sys.stdin:
        worker = os.fork()
        if not worker:
            ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGTERM)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # its log is no answer of ours
            call_command(Command())
            os._exit(0)
        print(worker, flush=True)


if __name__ == "__main__":
    main()
