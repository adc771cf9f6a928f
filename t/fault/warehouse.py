"""The fulfilment side of a system under fire: it fails, is slow, answers
late, hangs up and refuses for good, and keeps a journal of its own."""
import random
import threading

from fulfilment import Receiver, Reply

# One attempt in so many each; what is left over is accepted at once.
MOODS = ((25, 'fails'), (25, 'busy'), (25, 'hangs-up'), (40, 'gone'),
         (10, 'slow'), (150, 'late'))
LATE_S = 22		# a courier waits 20 s


class Attempt:
    """accepted: whether a 2xx was sent that the courier waited for."""

    def __init__(self, hook, mood):
        self.at = hook.at
        self.order = hook.headers['webhook-id']
        self.message = hook.message
        self.mood = mood

    @property
    def accepted(self):
        return self.mood in ('good', 'slow')


class Warehouse(Receiver):
    def __init__(self, seed):
        super().__init__()
        self.random = random.Random('warehouse %d' % seed)
        self.attempts = []
        self.mild = False	# from the calm on it accepts all
        self.lock = threading.RLock()

    def take(self, headers, raw):
        with self.lock:
            super().take(headers, raw)
            mood = 'good' if self.mild else self.mood()
            self.attempts.append(Attempt(self.hooks.pop(), mood))
        return {'fails': Reply(500), 'gone': Reply(410),
                'busy': Reply(503, {'Retry-After': '1'}),
                'hangs-up': Reply(0), 'late': Reply(204, wait_s=LATE_S),
                'slow': Reply(204, wait_s=self.random.uniform(0.1, 2)),
                'good': Reply(204)}[mood]

    def mood(self):
        for share, mood in MOODS:
            if self.random.random() < 1 / share:
                return mood
        return 'good'
