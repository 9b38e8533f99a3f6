"""What befalls members of an ensemble; a module, for their processes import it."""

import multiprocessing
import os
import signal

from symnet.train import Callback


class Accident(Callback):
    """Of the second member the process is killed, of the third an error is raised."""

    def after_epoch(self, trainer):
        name = multiprocessing.current_process().name
        if name.startswith("member 2"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("member 3"):
            raise ValueError("the disk\nis wet")
