"""The list of means is true: each is wanted by a test, and asked for in no
other way; and README tells each file here."""
import re

import means


def test_each_means_is_wanted():
    wanted = set()
    for path in means.HERE.parent.rglob('test_*.py'):
        for names in re.findall(r"means\.wanted\(([^)]*)\)",
                                path.read_text()):
            wanted |= set(re.findall(r"'([a-z-]+)'", names))
    assert wanted == {name for name, _, _ in means.MEANS}


def test_each_file_is_in_the_readme():
    told = set(re.findall(r'`([\w.]+)`', (means.HERE / 'README.md')
                          .read_text()))
    assert told == {path.name for path in means.HERE.iterdir()
                    if path.is_file() and path.name != 'README.md'}
