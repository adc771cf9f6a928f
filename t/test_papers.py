"""The papers name only what there is: files, tests, make's targets, in their
text and in their tables; and whatever a table says is held is held by
something."""
import functools
import re

import pytest
from system import HERE

ROOT = HERE.parent
PAPERS = sorted([*(ROOT / 'doc').glob('*.md'), ROOT / 'README.md',
                 ROOT / 'INSTALL'])
# Of a table's last column, which says by what each row is held.
HELD = ('held by', 'test', 'test in `t/fault/`', 'test, or why not')
# A path, or a file's name alone; and a test in it. NOUN stands for any.
NAMED = r'(?:[\w-]+/)*[\w-]+\.(?:py|c|h|sh)(?:::\w+)?|test_\w+'
# What automake brings.
TARGETS = {'all', 'check', 'distcheck', 'install', 'uninstall'}


@functools.cache
def sources():
    """{path from the root: text} of whatever may be named."""
    return {str(path.relative_to(ROOT)): path.read_text()
            for folder in ('bench', 'bin', 'cgi-bin', 'lib', 't')
            for path in (ROOT / folder).rglob('*.*')
            if path.suffix in ('.py', '.c', '.h', '.sh')}


def is_there(name):
    """Whether there is such a file, a test in it, or a test anywhere."""
    file, _, function = name.rpartition('::')
    if not file and '.' in function:
        file, function = function, ''
    pattern = r'(.*/)?%s' % re.sub('NOUN|WORD', r'\\w+', re.escape(file)) \
        if file else '.*'
    begin = r'^( *def )?%s\(' % function
    return any(re.fullmatch(pattern, path)
               and (not function or re.search(begin, text, re.M))
               for path, text in sources().items())


def cells(row):
    return [cell.strip() for cell in re.split(r'(?<!\\)\|', row)[1:-1]]


def held_rows(paper):
    """The cells of each row of a table that says by what each is held."""
    for table in re.findall(r'(?:^\|.*\n)+', paper.read_text(), re.M):
        head, _, *rows = table.splitlines()
        if cells(head)[-1] in HELD:
            yield from map(cells, rows)


def named(paper):
    return pytest.mark.parametrize('paper', paper, ids=lambda path: path.name)


@named(PAPERS)
def test_each_file_and_each_test_exists(paper):
    names = re.findall('`(%s)`' % NAMED, paper.read_text())
    assert [name for name in names if not is_there(name)] == []


@named(PAPERS)
def test_each_target_exists(paper):
    makefile = (ROOT / 'Makefile.am').read_text()
    ours = set(re.findall(r'^([a-z-]+):', makefile, re.M))
    said = set(re.findall(r'(?:`|^ # |&& |, )make ([a-z-]+)',
                          paper.read_text(), re.M))
    assert said - ours - TARGETS == set()
    assert said or paper.name not in ('INSTALL', 'reliability.md')


@named([ROOT / 'doc' / 'security.md', ROOT / 'doc' / 'reliability.md'])
def test_each_row_is_held(paper):
    """By a test, a part of one (`store`), or fixtures."""
    rows = list(held_rows(paper))
    assert len(rows) > 40
    for row in rows:
        for name in re.findall(r'`(\w+)`', row[-1]):
            assert is_there('::' + name), row
        assert re.search('`(%s|\\w+|t/messages/[^`]*)`' % NAMED, row[-1]) \
            or row[-1] == 'does not apply' or '*operator*' in row[-1], row


def test_what_is_gone_is_missed():
    for name in ('test_papers.py::test_each_target_exists', 'test_papers.py',
                 'test_log.c::log_line_forged', 'fuzz_NOUN.c',
                 't/fault/invariants.py::tables', 'lib/xml.c',
                 'test_each_target_exists', '::is_there'):
        assert is_there(name), name
    for name in ('test_papers.py::test_each_target_exist', 'test_paper.py',
                 'test_log.c::line_forged', 'fuzzy_NOUN.c',
                 't/fault/variants.py::tables', 'lib/x.c',
                 'test_each_target', '::is_the', 'test_nowhere.py::cells'):
        assert not is_there(name), name
