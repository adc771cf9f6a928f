# shellcheck shell=bash
# Words for whoever watches.

say()
{
	printf '%s\n' "$*"
}

# One sentence, and the end.
die()
{
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

die_usage()
{
	printf 'quickstart: %s; see ./quickstart --help\n' "$*" >&2
	exit 2
}

# The line of a log that says most: a problem named, else the last.
log_tell()
{
	local line

	line=$(grep -aE -m1 'error:|Error |ERROR|No space|cannot|\[emerg\]' \
	    "$1" 2> /dev/null) ||
		line=$(tail -n 1 "$1" 2> /dev/null)
	printf '%s' "${line:0:300}"
}

step_pid=
held=		# "yes" while an interrupt must wait, "asked" once one came

# By Ctrl-C, or by TERM. What was built so far is used the next time.
interrupted()
{
	if [ -n "$held" ]; then
		held=asked
		return
	fi
	trap '' INT TERM HUP
	if [ -n "$step_pid" ]; then
		kill -TERM -- "-$step_pid" 2> /dev/null
		wait "$step_pid" 2> /dev/null
	fi
	printf '\nquickstart: interrupted; the next call goes on from here\n' >&2
	exit 130
}

# step TEXT LOG COMMAND ...: run it with its output in LOG; tell that it
# runs, for how long, and if it fails, why. TEXT begins in small letters.
step()
{
	local text=$1 log=$2 begun=$SECONDS status
	shift 2

	printf '  %-34s' "$text"
	# A process group of its own, to be ended whole.
	set -m
	"$@" > "$log" 2>&1 < /dev/null &
	step_pid=$!
	set +m
	while [ -t 1 ] && kill -0 "$step_pid" 2> /dev/null; do
		printf '\r  %-34s %3d s' "$text" $((SECONDS - begun))
		sleep 0.2
	done
	wait "$step_pid"
	status=$?
	step_pid=
	[ -t 1 ] && printf '\r  %-34s' "$text"
	if [ "$status" -eq 0 ]; then
		printf ' %3d s\n' $((SECONDS - begun))
		return
	fi
	printf ' failed\n'
	die "could not $text: $(log_tell "$log") (all of it: $log)"
}
