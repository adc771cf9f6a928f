#!/usr/bin/python3
"""Tests of the running system with each program under valgrind's memcheck.

usage: valgrind.py [all | FILE OF TESTS, OR OPTION OF PYTEST ...]

TALLYSTICK_PREFIX names the installation. Beside it a second one is made for
the time: the same, but each program is started by valgrind. Every process must
end without an error and without a byte lost (definitely or indirectly); what
a test kills cannot be asked, and is counted. Which libraries are forgiven
what, and why, stands in valgrind.supp.
"""
import collections
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from system import PROGRAMS     # noqa: E402

# What a device, a person and an operator do most, for quickstart check.
SOME = ('test_instruct.py', 'test_report.py', 'test_session.py',
        'test_operator.py::test_doctor_warns')
# Which would look at valgrind itself, or at the wrapper: the filter of system
# calls, the memory, the file that holds the configuration, calls, libraries;
# or which want more a second: so much that the front refuses some of it.
ASIDE = ('test_confine', 'test_wiped',
         'test_a_bad_configuration_stops_the_start',
         'test_no_call_that_the_unit_refuses', 'test_programs_do_not_link_it',
         'test_headers_of_what_the_front_throttles',
         'test_refusals_of_nginx_go_by_the_choice',
         'test_throttled_by_the_front', 'test_many_couriers_deliver_once',
         'test_answers_of_every_kind', 'test_a_lease_lost_while_sending')
# The operator's commands: which quickstart and the tests above call, and which
# more.
OFTEN = ('migrate', 'key', 'deliver', 'purge', 'doctor')
COMMANDS = (*OFTEN, 'devices', 'orders', 'label', 'code')

# valgrind itself makes calls that the filters of the workers and the courier
# kill. A worker ends soon, for only what came to its own end has let go of all.
WRAPPER = '''#!/bin/sh
name={name}
for word in "$@"; do
	case $word in
	{commands})	name=$word; break ;;
	esac
done
conf={logs}/conf.$$
conf_make()
{{
	grep -v '^system-call-filter\|^requests-max' "$1"
	echo 'system-call-filter = off'
	echo 'requests-max = 40'
}}
if [ $name = deliver ] && [ "$1" = -c ] && conf_make "$2" > "$conf"; then
	shift 2
	set -- -c "$conf" "$@"
elif [ -n "${{TALLYSTICK_CONF:-}}" ]; then
	conf_make "$TALLYSTICK_CONF" > "$conf"
	export TALLYSTICK_CONF="$conf"
fi
exec valgrind --quiet --verbose --error-exitcode=99 --leak-check=full \\
	--show-leak-kinds=definite,indirect \\
	--errors-for-leak-kinds=definite,indirect --num-callers=30 \\
	--child-silent-after-fork=yes --trace-children=yes \\
	--suppressions={supp} --log-file="{logs}/$name.%p" {program} "$@"
'''


def shadow_make(prefix, shadow, logs):
    """The installation once more, its programs behind wrappers."""
    for part in ('etc', 'share', 'lib'):
        if (prefix / part).exists():
            (shadow / part).symlink_to(prefix / part)
    for folder, names in (('libexec/tallystick', PROGRAMS),
                          ('bin', ('tallystick', 'tallystick-device'))):
        (shadow / folder).mkdir(parents=True)
        for name in names:
            wrapper = shadow / folder / name
            wrapper.write_text(WRAPPER.format(
                name=name, commands=' | '.join(COMMANDS), logs=logs,
                supp=HERE / 'valgrind.supp',
                program=prefix / folder / name))
            wrapper.chmod(0o755)


def judge(logs):
    """{name: Counter of clean, faulty, killed}, and what is wrong."""
    seen, faults = collections.defaultdict(collections.Counter), []
    for log in sorted(logs.glob('*.[0-9]*')):
        name = log.name.split('.')[0]
        if name == 'conf':
            continue
        text = log.read_text(errors='replace')
        errors = re.search(r'ERROR SUMMARY: (\d+) errors', text)
        if errors is None:
            seen[name]['killed'] += 1
        elif errors.group(1) == '0':
            seen[name]['clean'] += 1
        if 'ERROR SUMMARY: 0 ' not in text and re.search(
                r'== (Invalid|Conditional|Use of|Syscall param|Mismatched|'
                r'Source and dest|[\d,]+ .*bytes in .*lost|Process term)',
                text):
            seen[name]['faulty'] += 1
            faults.append(text)
    return seen, faults


def main(arguments):
    prefix = pathlib.Path(os.environ['TALLYSTICK_PREFIX'])
    if shutil.which('valgrind') is None:
        print('SKIP: valgrind is not installed')
        return 77
    wanted, tests = PROGRAMS + OFTEN, arguments
    if not arguments:
        tests = [HERE.parent / name for name in SOME]
    elif arguments == ['all']:
        wanted = PROGRAMS + COMMANDS + ('tallystick-device',)
        tests = [*sorted(HERE.parent.glob('test_*.py')),
                 '-k', 'not (%s)' % ' or '.join(ASIDE)]
    with tempfile.TemporaryDirectory(prefix='valgrind-') as folder:
        os.chmod(folder, 0o755)
        shadow, logs = (pathlib.Path(folder, name)
                        for name in ('prefix', 'logs'))
        logs.mkdir()
        logs.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
        shadow.mkdir()
        shadow_make(prefix, shadow, logs)
        status = subprocess.run(
            [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', '-q',
             '-ra', '--timeout=600', *tests], env=dict(
                os.environ, TALLYSTICK_PREFIX=str(shadow),
                TALLYSTICK_WORKERS='2',
                TALLYSTICK_PATIENCE='300')).returncode
        seen, faults = judge(logs)
    for fault in faults[:20]:
        print(fault)
    for name, counts in sorted(seen.items()):
        print('valgrind: %s: %s' % (name, ', '.join(
            '%d %s' % (count, what) for what, count in counts.items())))
    missing = [name for name in wanted if not seen[name]['clean']]
    if missing:
        print('valgrind: none was seen to its end: ' + ', '.join(missing))
    return 1 if status or faults or missing else 0


sys.exit(main(sys.argv[1:]))
