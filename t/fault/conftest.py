"""What the fault tests lacked, in the closing lines. What no test does is
counted where make fault asks for all."""
import os

import means

if 'TALLYSTICK_FAULTS' not in os.environ:
    collect_ignore = ['test_undone.py']


def pytest_terminal_summary(terminalreporter):
    absent = [(name, means.lacks(name)) for name, _, _ in means.MEANS
              if means.lacks(name) is not None]
    terminalreporter.write_line('means of doing harm: %d of %d are here%s' % (
        len(means.MEANS) - len(absent), len(means.MEANS), ''.join(
            '\n  no %s: %s' % pair for pair in absent)))
