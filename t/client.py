"""Devices and browsers that speak Tallystick's wire contract.

Every Device and Browser has a loopback address of its own, so that one test's
misses never use up another's budget.
"""
import http.client
import re
import secrets as randoms
import threading
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree

NS = '{urn:tallystick:1}'
PROBLEM = '{urn:ietf:rfc:7807}'
ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
FORM = 'application/x-www-form-urlencoded'

# What no log and no table may hold: each code, token and cookie of the tests.
told = set()

_address = [randoms.randbelow(200) + 10, randoms.randbelow(250), 0]
_address_lock = threading.Lock()


def new_address():
    with _address_lock:
        _address[2] += 1
        if _address[2] > 250:
            _address[2] = 1
            _address[1] += 1
        if _address[1] > 250:
            _address[1] = 0
            _address[0] += 1
        return '127.%d.%d.%d' % tuple(_address)


def new_code(length=10):
    code = ''.join(randoms.choice(ALPHABET) for _ in range(length))
    told.add(code)
    return code


def new_device_id():
    return 'T' + uuid.uuid4().hex[:15].upper()


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.body = body
        self.headers = {name.lower(): value
                        for name, value in response.getheaders()}
        self.cookies = [value for name, value in response.getheaders()
                        if name.lower() == 'set-cookie']

    @property
    def xml(self):
        return ElementTree.fromstring(self.body)

    @property
    def problem(self):
        """The name of the problem; its document must be whole."""
        assert self.headers['content-type'].startswith(
            'application/problem+xml'), self
        assert self.headers.get('cache-control') == 'no-store', self.headers
        root = self.xml
        assert root.tag == PROBLEM + 'problem', root.tag
        kind = root.findtext(PROBLEM + 'type')
        assert kind.startswith('urn:tallystick:problem:'), kind
        assert root.findtext(PROBLEM + 'title'), self.body
        assert int(root.findtext(PROBLEM + 'status')) == self.status
        assert self.detail.strip(), self.body
        return kind.rsplit(':', 1)[1]

    @property
    def detail(self):
        return self.xml.findtext(PROBLEM + 'detail') or ''

    @property
    def screen(self):
        found = re.search(rb'<body[^>]* data-screen="([a-z-]+)"', self.body)
        return found.group(1).decode() if found else 'none, %d' % self.status

    def data(self, name):
        """A data attribute of the page's body element."""
        body = re.search(rb'<body[^>]*>', self.body).group(0)
        found = re.search(b'data-%s="([^"]*)"' % name.encode(), body)
        return found.group(1).decode() if found else None

    @property
    def state(self):
        return self.xml.get('state')

    @property
    def service(self):
        return self.xml.get('service')

    @property
    def version(self):
        return int(self.xml.get('version'))

    @property
    def orders(self):
        """{id: (supply, state)} of a Registration or Receipt."""
        return {order.get('id'): (int(order.get('supply')),
                                  order.get('state'))
                for order in self.xml.findall(NS + 'Order')}

    @property
    def counts(self):
        """(Accepted, Duplicate) of a Receipt."""
        assert self.status == 200, self
        root = self.xml
        assert root.tag == NS + 'Receipt', root.tag
        return (int(root.findtext(NS + 'Accepted')),
                int(root.findtext(NS + 'Duplicate')))

    def __repr__(self):
        return 'Answer(%d, %r)' % (self.status, self.body[:400])


class Client:
    """A machine that reaches the server from an address of its own."""

    def __init__(self, port, address=None):
        self.port = port
        self.address = address or new_address()

    def request(self, method, path, body=None, headers=None, timeout=70):
        if isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection(
            '127.0.0.1', self.port, timeout=timeout,
            source_address=(self.address, 0))
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def post_xml(self, path, body, token=None, kind='application/xml'):
        headers = {'Content-Type': kind} if kind else {}
        if token is not None:
            headers['Authorization'] = 'Bearer ' + token
        return self.request('POST', path, body, headers)


def registration_request(device_id, code, model='Example MFC-9340',
                         serial=None, firmware=None):
    more = ''
    if serial is not None:
        more += '<SerialNumber>%s</SerialNumber>' % serial
    if firmware is not None:
        more += '<FirmwareVersion>%s</FirmwareVersion>' % firmware
    return ('<RegistrationRequest xmlns="urn:tallystick:1">'
            '<DeviceId>%s</DeviceId><Code>%s</Code>'
            '<MakeAndModel>%s</MakeAndModel>%s</RegistrationRequest>'
            % (device_id, code, model, more))


def instruction(action):
    return '<Instruction xmlns="urn:tallystick:1" action="%s"/>' % action


def job(name=None, impressions=3, kind='Print', state='completed',
        when='2026-11-22T12:00:00Z', color=None, sheets=None, number=None):
    """A Job; number: (JobId, PrinterUpTime) in place of a UUID."""
    named = '<JobId>%d</JobId><PrinterUpTime>%d</PrinterUpTime>' % number \
        if number else '<JobUuid>urn:uuid:%s</JobUuid>' % (
            name or uuid.uuid4())
    parts = [named, '<JobKind>%s</JobKind><JobState>%s</JobState>'
             % (kind, state)]
    if when:
        parts.append('<DateTimeAtCompleted>%s</DateTimeAtCompleted>' % when)
    parts.append('<ImpressionsCompleted>%s</ImpressionsCompleted>'
                 % impressions)
    if color is not None:
        parts.append('<ImpressionsFullColor>%s</ImpressionsFullColor>' % color)
    if sheets is not None:
        parts.append('<MediaSheetsCompleted>%s</MediaSheetsCompleted>'
                     % sheets)
    return '<Job>%s</Job>' % ''.join(parts)


def supply(level, index=1, capacity=100, kind='toner', colorant='cyan',
           group='supplyThatIsConsumed', serial=None, unit='percent',
           spares=None):
    parts = ['<Class>%s</Class><Type>%s</Type>' % (group, kind)]
    if colorant is not None:
        parts.append('<Colorant>%s</Colorant>' % colorant)
    parts.append('<Unit>%s</Unit><MaxCapacity>%s</MaxCapacity>'
                 '<Level>%s</Level>' % (unit, capacity, level))
    if serial is not None:
        parts.append('<SerialNumber>%s</SerialNumber>' % serial)
    if spares is not None:
        parts.append('<Spares>%s</Spares>' % spares)
    return '<Supply index="%s">%s</Supply>' % (index, ''.join(parts))


def job_report(parts, sequence=None):
    number = '' if sequence is None else ' sequence="%s"' % sequence
    return '<JobReport xmlns="urn:tallystick:1"%s>%s</JobReport>' % (
        number, ''.join(parts))


class Device(Client):
    def __init__(self, port, device_id=None, code=None, **facts):
        super().__init__(port)
        self.device_id = device_id or new_device_id()
        self.code = code or new_code()
        self.facts = facts
        self.token = None
        self.version = 0

    def try_register(self, carried=None):
        return self.post_xml('/device/register', registration_request(
            self.device_id, self.code, **self.facts), carried)

    def register(self, carried=None):
        answer = self.try_register(carried)
        assert answer.status == 201, answer
        self.token = answer.xml.findtext(NS + 'Token')
        told.add(self.token)
        self.version = answer.version
        return answer

    def connect(self, since=None, timeout=70):
        query = '' if since is None else '?since=%s' % since
        return self.request('GET', '/device/connect' + query, headers={
            'Authorization': 'Bearer ' + self.token}, timeout=timeout)

    def connect_held(self, since, timeout=70):
        """Ask again after each empty answer, as a device does."""
        for _ in range(3):
            answer = self.connect(since, timeout)
            if answer.status not in (204, 408):
                return answer
        raise AssertionError('nothing changed in three calls')

    def instruct(self, action='start'):
        return self.post_xml('/device/instruct', instruction(action),
                             self.token)

    def report(self, *parts, sequence=None):
        return self.post_xml('/device/report', job_report(parts, sequence),
                             self.token)

    def orders(self):
        """All open orders, as connect tells them."""
        return self.connect(0).orders


class Browser(Client):
    def __init__(self, port):
        super().__init__(port)
        self.jar = {}

    def roam(self):
        """The same browser from another address."""
        self.address = new_address()

    def cookies_for(self, path):
        path = path.split('?')[0]
        return '; '.join('%s=%s' % (name, value)
                         for name, (value, scope) in self.jar.items()
                         if path.startswith(scope))

    def keep(self, cookies):
        for cookie in cookies:
            pair, *attributes = cookie.split('; ')
            name, value = pair.split('=', 1)
            scope = [a[5:] for a in attributes if a.startswith('Path=')][0]
            if 'Max-Age=0' in attributes:
                self.jar.pop(name, None)
                continue
            self.jar[name] = (value, scope)
            if not name.endswith(('typed', 'language')):
                told.add(value)

    def call(self, method, path, body=None, headers=None, timeout=70):
        headers = dict(headers or {})
        if self.cookies_for(path):
            headers.setdefault('Cookie', self.cookies_for(path))
        answer = self.request(method, path, body, headers, timeout)
        self.keep(answer.cookies)
        return answer

    def follow(self, answer):
        for _ in range(4):
            if answer.status not in (301, 302, 303, 307):
                return answer
            answer = self.get(answer.headers['location'])
        raise AssertionError('redirected in a circle')

    def get(self, path, **headers):
        return self.call('GET', path, headers=headers)

    def see(self, path):
        return self.follow(self.get(path))

    def post(self, path, fields, headers=None):
        return self.call('POST', path, urllib.parse.urlencode(fields), dict(
            {'Content-Type': FORM}, **(headers or {})))

    def submit(self, code, device=None, headers=None):
        """POST /pair; the page that it leads to."""
        fields = {'code': code}
        if device is not None:
            fields['device'] = device
        answer = self.post('/pair', fields, headers)
        assert answer.status == 303, answer
        return self.follow(answer)

    def pair(self, device):
        page = self.submit(device.code)
        assert page.screen == 'operate-device', page
        return page

    def release(self, registration=None):
        fields = {'action': 'end'}
        if registration is not None:
            fields['registration'] = registration
        return self.follow(self.post('/status', fields))
