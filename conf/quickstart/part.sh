# shellcheck shell=bash
# One process (or pool) each: how it is started, whether it runs, its end.
# run/pid/NAME.pid holds its number, which is also its process group's.

programs="register connect instruct report pair status"

# Processes a program; the database's memory, log and connections.
workers=${TALLYSTICK_WORKERS:-8}
database_pool=64M
database_log=32M
database_connections=100

# part_birth PID: when that process started, into birth, so that its number is
# never taken for another's, after a restart of the machine, say. Built-ins
# alone: a key's signal ends whatever else runs.
part_birth()
{
	local boot stat

	birth=
	read -r boot < /proc/sys/kernel/random/boot_id
	{ read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 0
	# shellcheck disable=SC2086 # its words
	set -- ${stat##*) }
	# The dead that nobody has buried yet run no more.
	[[ $1 = [ZX] ]] || birth="$boot ${20}"
}

# part_read NAME: sets pid; birth, when the process of that number began (empty:
# there is none); then, when the part did. Fails where nothing is written down.
part_read()
{
	{ read -r pid < "$run/pid/$1.pid" &&
	    read -r then < "$run/pid/$1.birth"; } 2> /dev/null || return
	part_birth "$pid"
}

part_runs()
{
	local pid then

	part_read "$1" && [ -n "$birth" ] && [ "$birth" = "$then" ] &&
		kill -0 "$pid" 2> /dev/null
}

# Whether it runs, or others of its group are left though their leader was
# killed: the machine gives a group's number to no process while one is in that
# group, so they are the part's, unless all of them ended and another session,
# whose leader ended as well, got that number since.
part_is_there()
{
	local pid then boot

	part_runs "$1" && return
	read -r boot < /proc/sys/kernel/random/boot_id
	part_read "$1" && [ -z "$birth" ] && [ "${then% *}" = "$boot" ] &&
		group_lives "$pid"
}

# part_run NAME COMMAND ...: in a session of its own, out of a key's reach.
part_run()
{
	local name=$1 pid asked
	shift

	# Nothing may run whose number is not written down.
	held=yes
	setsid "$@" < /dev/null >> "$run/log/$name.log" 2>&1 9<&- &
	pid=$!
	disown "$pid"
	echo "$pid" > "$run/pid/$name.pid"
	part_birth "$pid"
	echo "$birth" > "$run/pid/$name.birth"
	asked=$held
	held=
	[ "$asked" = yes ] || interrupted
}

# A pool of workers behind a socket, restarted for ever. multiwatch gives up
# on a worker that ends more than --retry times sooner than --timeout: those
# are set out of reach, and a short sleep slows down what fails at once.
pool_run()
{
	# shellcheck disable=SC2016 # that shell's own words
	local worker='sleep 0.1; exec "$0"'

	rm -f "$run/$1.sock"
	TALLYSTICK_CONF=$run/tallystick.conf part_run "$1" \
	    spawn-fcgi -n -s "$run/$1.sock" -M 0600 -b 511 -- \
	    "$(command -v multiwatch)" -f "$workers" -r 1000000000 -t 1 -s TERM -- \
	    /bin/sh -c "$worker" "$prefix/libexec/tallystick/$1"
}

mariadbd_run()
{
	# A killed one leaves its socket.
	rm -f "$run/db.sock"
	part_run mariadbd mariadbd --no-defaults --datadir="$run/db" \
	    --socket="$run/db.sock" --pid-file="$run/tmp/mariadbd.pid" \
	    --skip-networking --skip-name-resolve --skip-log-bin \
	    --innodb-flush-log-at-trx-commit=1 --innodb-log-file-size="$database_log" \
	    --innodb-buffer-pool-size="$database_pool" --performance-schema=OFF \
	    --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
	    --max-connections="$database_connections" --tmpdir="$run/tmp"
}

device_run()
{
	part_run device "$prefix/bin/tallystick-device" --simulate \
	    --state "$run/device.state" --press-ok-when "$run/tmp/ok" \
	    --level 30 --use 5 --job-every 1 --jobs 6 --replace "$base"
}

part_begin()
{
	case $1 in
	mariadbd)	mariadbd_run ;;
	nginx)		rm -f "$run/wake.sock"
			part_run nginx nginx -e stderr -c "$run/nginx.conf" \
			    -g 'daemon off;' ;;
	deliver | purge) part_run "$1" "$prefix/bin/tallystick" \
			    -c "$run/tallystick.conf" "$1" --watch ;;
	receiver)	part_run receiver /usr/bin/python3 "$home/conf/quickstart/receiver.py" \
			    --secret-file "$run/webhook-secret" \
			    --port "${receiver_port:-0}" \
			    --port-file "$run/tmp/receiver.port" ;;
	device)		device_run ;;
	*)		pool_run "$1" ;;
	esac
}

# Whether it serves. Only commands are silenced, for a key may end this.
part_ready()
{
	case $1 in
	mariadbd)	mariadb --defaults-file="$run/database.cnf" \
			    --defaults-group-suffix=-root -e "DO 0" \
			    > /dev/null 2>&1 ;;
	receiver)	[ -s "$run/tmp/receiver.port" ] ;;
	nginx)		[ -S "$run/wake.sock" ] && port_open ;;
	deliver | purge | device) sleep 0.2 ;;
	*)		[ -S "$run/$1.sock" ] ;;
	esac
}

part_await()
{
	local tries

	for ((tries = 0; tries < 600; tries++)); do
		part_runs "$1" || return
		if part_ready "$1"; then
			part_runs "$1"
			return
		fi
		sleep 0.1
	done
	return 1
}

part_start()
{
	part_runs "$1" && return
	part_stop "$1"
	: > "$run/log/$1.log"
	part_begin "$1"
	part_await "$1" || die "$1 did not start:" \
	    "$(log_tell "$run/log/$1.log") (all of it: $run/log/$1.log)"
}

# Whether anything of a part's process group is left, which is a session, too;
# the dead that nobody has buried yet do not count.
group_lives()
{
	cat /proc/[0-9]*/stat 2> /dev/null | awk -v group="$1" '
	{ sub(/.*\) /, "") }
	$3 == group && $4 == group && $1 !~ /[ZX]/ { found = 1 }
	END { exit !found }'
}

# group_await PID TENTHS: whether it ended in that time.
group_await()
{
	local tries

	for ((tries = 0; tries < $2; tries++)); do
		group_lives "$1" || return 0
		sleep 0.1
	done
	return 1
}

# First the leader, for multiwatch would replace a worker that ends before it
# knows of the end, then all, also where the leader was killed. A worker of
# libfcgi may spin on TERM when its peer is silent: KILL follows, after as many
# tenths of a second as TALLYSTICK_PATIENCE says. The database gets longer to
# write its pages.
part_stop()
{
	local name pid pids=()

	for name in "$@"; do
		part_is_there "$name" || continue
		pid=$(cat "$run/pid/$name.pid")
		kill -TERM "$pid" 2> /dev/null
		pids+=("$pid")
	done
	[ ${#pids[@]} -eq 0 ] || sleep 0.1
	for pid in "${pids[@]}"; do
		[ "$*" = mariadbd ] && group_await "$pid" 300 && continue
		kill -TERM -- "-$pid" 2> /dev/null || continue
		group_await "$pid" "${TALLYSTICK_PATIENCE:-30}" ||
		    kill -KILL -- "-$pid"
	done
	for name in "$@"; do
		rm -f "$run/pid/$name.pid" "$run/pid/$name.birth"
	done
}

part_command()
{
	local name=${2:-}

	case " mariadbd nginx $programs deliver purge receiver device " in
	*" $name "*)	;;
	*)		die_usage "part wants stop, start or restart, and a name" ;;
	esac
	setting_load
	case $1 in
	stop)		part_stop "$name" ;;
	start)		part_start "$name" ;;
	restart)	part_stop "$name"; part_start "$name" ;;
	*)		die_usage "part wants stop, start or restart" ;;
	esac
}
