"""Whether each of many clients is served. A load generator does not notice one that waits for ever, and FastCGI with
kept connections serves nobody else while it waits for the next request of one that keeps quiet."""
import http.client
import threading
import time

LIMIT_S = 3


def client(port, path, headers, end, waits):
    """One client, one request after the other on a connection that it keeps; appends its longest wait."""
    worst = 0.0
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=LIMIT_S)
    while time.monotonic() < end:
        begin = time.monotonic()
        try:
            connection.request('GET', path, headers=headers)
            connection.getresponse().read()
        except OSError:
            connection.close()
        worst = max(worst, time.monotonic() - begin)
    connection.close()
    waits.append(worst)


def longest_waits(port, path, tokens, seconds):
    """Of each client, a device with a token of its own: the longest wait in seconds, the longest first."""
    waits = []
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=client, args=(port, path, {'Authorization': f'Bearer {token}'}, end, waits))
               for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(waits, reverse=True)
