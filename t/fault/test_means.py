"""The list of means is true: each is wanted by a test, and asked for in no
other way; what no test does is skipped and told; and README tells each file
here."""
import os
import re
import subprocess
import sys

import means


def test_each_means_is_wanted():
    wanted = set()
    for path in means.HERE.parent.rglob('test_*.py'):
        for names in re.findall(r"means\.wanted\(([^)]*)\)",
                                path.read_text()):
            wanted |= set(re.findall(r"'([a-z-]+)'", names))
    assert sorted(wanted | {name for name, _, _ in means.UNDONE}) == sorted(
        name for name, _, _ in means.MEANS + means.UNDONE)


def test_what_is_undone_is_skipped_and_told():
    """In make fault; the paper says so, too."""
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', '-rs', '-q',
         str(means.HERE), '-k', 'test_undone'], capture_output=True, text=True,
        env=dict(os.environ, TALLYSTICK_FAULTS='some'), timeout=120)
    assert '%d skipped' % len(means.UNDONE) in done.stdout, done.stdout
    paper = (means.HERE.parents[1] / 'doc' / 'reliability.md').read_text()
    for name, gives, _ in means.UNDONE:
        assert re.search(r'%s: %s: no test does it' % (name, gives),
                         done.stdout), done.stdout
        assert '`%s`' % name in paper


def test_each_file_is_in_the_readme():
    told = set(re.findall(r'`([\w.]+)`', (means.HERE / 'README.md')
                          .read_text()))
    assert told == {path.name for path in means.HERE.iterdir()
                    if path.is_file() and path.name != 'README.md'}
