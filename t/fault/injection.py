"""System calls that strace lets fail: what it wrote down, and in which ways
each can."""
import re
from collections import Counter

KILL = 'signal=KILL'

ERRORS = {
    'accept': ('EINTR', 'EMFILE', 'ECONNABORTED'),
    'brk': ('ENOMEM',),
    'clone3': ('EAGAIN',),
    'close': ('EINTR', 'EIO'),
    'connect': ('ECONNREFUSED', 'EAGAIN', 'EINTR', 'ENOENT'),
    'fcntl': ('EINVAL',),
    'futex': ('EINTR',),
    'getrandom': ('EINTR', 'ENOSYS'),
    'mmap': ('ENOMEM',),
    'munmap': ('ENOMEM',),
    'openat': ('EMFILE', 'ENOENT', 'EACCES'),
    'poll': ('EINTR', 'ENOMEM'),
    'read': ('EINTR', 'ECONNRESET', 'EIO'),
    'recvfrom': ('ECONNRESET', 'EINTR', 'ENOMEM'),
    'sendto': ('ECONNRESET', 'EPIPE', 'ENOBUFS', 'EINTR'),
    'setsockopt': ('ENOBUFS',),
    'shutdown': ('ENOTCONN',),
    'socket': ('EMFILE', 'ENOBUFS'),
    'write': ('EINTR', 'EPIPE', 'ENOSPC', 'EIO'),
}
ANY = ('EIO',)


def traced(log):
    """Names of the calls in their order, of all threads."""
    return re.findall(r'^(?:\d+ +)?(\w+)\(', log, re.MULTILINE)


def places(names):
    """(name, how many of it till then) for each call."""
    counts = Counter()
    for name in names:
        counts[name] += 1
        yield name, counts[name]


def faults(name):
    return ['error=' + error for error in ERRORS.get(name, ANY)] + [KILL]
