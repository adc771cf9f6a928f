"""doc/security.md tells no more than is so: each number that we follow has a
row, and its lists agree with the code. (That what it names exists:
test_papers.py.)"""
import re

from system import HERE

PAPER = (HERE.parent / 'doc' / 'security.md').read_text()

# Of OWASP ASVS 5.0.0, what concerns a service like this one.
NUMBERS = '''
1.1.1 1.2.1 1.2.4 1.2.10 1.3.6 1.3.12 1.4.1 1.4.2 1.4.3 1.5.1 1.5.3
2.1.3 2.2.1 2.2.2 2.2.3 2.3.2 2.3.3 2.3.4 2.4.1
3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.3 3.4.4 3.4.5 3.4.6 3.4.8 3.5.1 3.5.2 3.5.3
4.1.1 4.1.2 4.1.3 4.2.1
6.1.1 6.3.1 6.4.1 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.2 6.6.3
7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.4 7.4.5 7.5.1 7.5.2
8.2.2 8.4.1 11.2.1 11.4.1 11.5.1 12.2.1 12.3.2
13.1.4 13.2.2 13.2.4 13.3.1 13.3.2 13.3.4 14.2.1 14.3.2
15.1.4 15.2.5 15.3.2 15.3.4 15.3.7 15.4.2
16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1
16.5.1 16.5.2 16.5.3 16.5.4'''.split()


def rows():
    """{number: its cells} of the table."""
    lines = re.findall(r'^\| (\d+\.\d+\.\d+) \|(.*)\|$', PAPER, re.M)
    assert len({number for number, _ in lines}) == len(lines), 'one row each'
    return {number: re.split(r'(?<!\\)\|', rest) for number, rest in lines}


def section(title):
    return re.search(r'^## %s\n(.*?)(?=^## |\Z)' % re.escape(title), PAPER,
                     re.M | re.S).group(1)


def test_each_number_has_a_row_and_no_other():
    assert sorted(rows()) == sorted(NUMBERS)


def test_each_row_is_whole():
    for number, cells in rows().items():
        assert len(cells) == 3 and all(cell.strip() for cell in cells), number


def test_the_limits_are_those_of_the_configuration():
    """Figures told beside a setting are its default."""
    preset = dict(re.findall(r'^([a-z-]+) = (\S+)$', (
        HERE.parent / 'conf' / 'tallystick.conf').read_text(), re.M))
    limits = section('Limits')
    for name in ('misses-per-address', 'pending-per-address'):
        line = re.search(r'^.*`%s`.*$' % name, limits, re.M).group(0)
        assert re.search(r'\| %s\b' % preset[name], line), line
    assert '%s by default' % preset['code-bits'] in PAPER
    front = (HERE.parent / 'conf' / 'nginx')
    assert 'rate=50r/s' in (front / 'http.conf').read_text()
    assert 'burst=200 ' in (front / 'device.conf').read_text()
    assert '50 a second, burst 200' in limits


def test_every_secret_is_in_the_paper():
    """The names of the key files are a list of lib/key.c."""
    names = re.findall(r'\[KEY_[A-Z]+\] = "([a-z]+)"',
                       (HERE.parent / 'lib' / 'key.c').read_text())
    told = re.search(r'keys `([a-z ]+)`', section(
        'Secrets, and when to change them')).group(1)
    assert told.split() == names


LIBRARIES = {'libxml-2.0': 'libxml2', 'libmariadb': 'Connector/C',
             'libsodium': 'libsodium', 'libcurl': 'libcurl',
             'fcgi': 'libfcgi', 'libqrencode': 'libqrencode',
             'cups': 'libcups', 'libseccomp': 'libseccomp'}


def test_every_risky_part_is_in_the_paper():
    """Each library that the build asks for was thought about there."""
    asked = re.findall(r'^PKG_CHECK_MODULES\(\[\w+\], \[([\w.-]+)',
                       (HERE.parent / 'configure.ac').read_text(), re.M)
    assert {'libxml-2.0', 'libcurl'} < set(asked)
    for module in asked:
        if module != 'cunit':
            assert LIBRARIES[module] in section('Risky parts'), module


def texts(*patterns):
    return [path.read_text() for pattern in patterns
            for path in HERE.parent.glob(pattern) if path.is_file()]


def test_no_explosive_patterns():
    """No program includes an engine for patterns, the database's takes a class
    of characters alone, and no pattern of a web server repeats a group that
    ends in a repetition, but the parts of a language: hyphens divide them."""
    programs = texts('lib/*.[ch]', 'cgi-bin/*.[ch]', 'bin/*.[ch]')
    included = [name for text in programs for name in re.findall(
        r'^[ \t]*#[ \t]*include[ \t]*<(.*)>', text, re.M)]
    assert 'libxml/parser.h' in included
    assert [name for name in included if re.search(
        'reg|pcre|re2|fnmatch|glob|wordexp|relaxng|schema', name)] == []
    statements = ' '.join(texts('schema/*/*.sql') + programs)
    uses = re.findall(r'\b(?:REGEXP|RLIKE).*', statements, re.I)
    assert uses and all("'[^0-9A-Z]', '')," in use for use in uses), uses
    servers = texts('conf/nginx/*', 'conf/apache/*', 'conf/lighttpd/*')
    assert set(re.findall(r'\([^()]*[*+?}]\)[*+{]', ' '.join(servers))) == {
        '(-[A-Za-z0-9]{2,8})*', '(?:-[A-Za-z0-9]{2,8})*'}
