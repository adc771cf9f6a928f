"""What clients sent and what was acknowledged: written down before the
request leaves, marked after its answer."""
import hashlib
import http.client
import json
import threading
import time


class Entry:
    """One request. until None: no answer came (yet)."""

    def __init__(self, number, who, kind, facts):
        self.number = number
        self.who = who
        self.kind = kind
        self.begun = time.time()
        self.until = None
        self.fault = None
        self.status = None
        self.told = {}
        self.__dict__.update(facts)

    @property
    def acknowledged(self):
        return self.status is not None and self.status < 400

    @property
    def unknown(self):
        """Whether it may have had its effect, or may have it yet."""
        return self.status is None or self.status >= 500

    @property
    def refused(self):
        return not self.acknowledged and not self.unknown

    def __repr__(self):
        return '#%d %s' % (self.number, {
            name: value for name, value in self.__dict__.items()
            if name != 'number'})


class Journal:
    def __init__(self, path):
        self.file = open(path, 'w', encoding='utf-8')
        self.entries = []
        self.deaths = []	# of the database
        self.lock = threading.Lock()

    def write(self, line):
        self.file.write(json.dumps(line, default=str) + '\n')
        self.file.flush()

    def begin(self, who, kind, **facts):
        with self.lock:
            entry = Entry(len(self.entries), who, kind, facts)
            self.entries.append(entry)
            self.write({'begun': entry.number, 'at': entry.begun,
                        'who': who, 'kind': kind, **facts})
        return entry

    def end(self, entry, status=None, fault=None, **told):
        with self.lock:
            entry.until = time.time()
            entry.fault = fault
            entry.told.update(told)
            entry.status = status
            self.write({'ended': entry.number, 'at': entry.until,
                        'status': status, 'fault': fault, **told})

    def note(self, entry, **facts):
        """What became known later."""
        with self.lock:
            entry.__dict__.update(facts)
            self.write({'noted': entry.number, **facts})

    def killed(self, victim, **facts):
        now = time.time()
        self.write({'kill': victim, 'at': now, **facts})
        if victim == 'mariadbd':
            self.deaths.append(now)

    def exchange(self, who, kind, call, **facts):
        """call's answer, or None: it was lost. With the entry."""
        entry = self.begin(who, kind, **facts)
        try:
            answer = call()
            told = read(answer)
        except (OSError, http.client.HTTPException) as lost:
            self.end(entry, fault=repr(lost))
            return entry, None
        self.end(entry, answer.status, **told)
        return entry, answer

    def of(self, *kinds):
        return [entry for entry in self.entries if entry.kind in kinds]

    def close(self):
        self.file.close()


def print_of(secret):
    """What tells two secrets apart and tells neither."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def read(answer):
    """What an answer tells, by what it is."""
    kind = answer.headers.get('content-type', '')
    if answer.status == 303:
        return {'location': answer.headers['location']}
    if kind.startswith('text/html'):
        return {'screen': answer.screen}
    if kind.startswith('application/problem+xml'):
        return {'problem': answer.problem}
    if not kind.startswith('application/xml'):
        return {}
    told = {'version': answer.version, 'orders': answer.orders}
    if answer.xml.tag.endswith('Receipt'):
        told['counts'] = answer.counts
    else:
        told.update(state=answer.state, service=answer.service)
    return told
