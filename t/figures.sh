#!/bin/sh
# The countable figures of doc/reliability.md, section 2: "make figures".
# Lines are those that are not empty. Counts the files of the folder it lies in,
# which may be a copy of the checkout.
set -eu
cd "$(dirname "$0")/.."

# named PATTERN ...: files of these patterns, in folders below, too.
named()
{
	for pattern; do
		find "${pattern%%/*}" \( -name node_modules -o -name __pycache__ \) \
		    -prune -o -type f -path "$pattern" -print
	done
}

# count REGEX PATTERN ...: lines that match in files of these patterns, all
# together.
count()
{
	regex=$1
	shift
	named "$@" | tr '\n' '\0' | xargs -0 cat | grep -c "$regex"
}

# files PATTERN ...: how many.
files()
{
	named "$@" | grep -c .
}

# collected FOLDER: tests that pytest finds there.
collected()
{
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -p no:cacheprovider \
	    --collect-only -q "$1" | sed -n 's/^\([0-9]*\) tests* collected.*/\1/p'
}

row()
{
	printf '%-44s %s\n' "$1" "$2"
}

line='[^[:space:]]'
c_lines=$(count "$line" 'lib/*.[ch]' 'cgi-bin/*.c' 'bin/*.[ch]')
sql_lines=$(count "$line" 'schema/*.sql')
test_lines=$(count "$line" 't/*.[ch]' 't/*.py' 't/*.sh' 't/*.js')
row "lines of code: C" "$c_lines"
row "lines of code: SQL" "$sql_lines"
row "lines of tests" "$test_lines"
row "system calls of a worker" "$(sed -n '/ calls\[\] = {/,/^}/p
    /^} conditionals\[\] = {/,/^}/p' lib/confine.c |
    grep -o 'SCMP_SYS([a-z0-9_]*)' | sort -u | grep -c .)"
row "lines of tests for one of code" "$(awk -v a="$test_lines" \
    -v b="$((c_lines + sql_lines))" 'BEGIN { printf "%.1f", a / b }')"
row "tests of the library (CUnit)" "$(named 't/test_*.c' |
    xargs grep -ho '\<TEST([a-z]' | grep -c .)"
row "assertions in them" "$(count 'CU_ASSERT\|CU_FAIL' 't/*.[ch]')"
row "tests of the running system (pytest)" "$(collected t)"
row "of these under faults" "$(collected t/fault)"
row "assertions in them" "$(count '\<assert\>' 't/*.py')"
row "messages that must be taken" "$(named 't/messages/*.xml' |
    grep -cv '\.bad\.xml$')"
row "messages that must be refused" "$(files 't/messages/*.bad.xml')"
row "fuzz targets" "$(files 't/fuzz/fuzz_*.c')"
row "files of their corpora" "$(files 't/fuzz/corpus/*')"
