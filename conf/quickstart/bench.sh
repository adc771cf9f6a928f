# shellcheck shell=bash
# Measuring: the very system in a folder and with a database of its own, sized
# for it and begun anew. What is measured, and how, lies in bench/WHAT.py.

# What nobody names: together under 20 minutes.
bench_usual="throughput cgi"

# oidc-provider, a peer of throughput.
peer_install()
{
	cmp -s bench/peers/package-lock.json "$run/npm/package-lock.json" &&
		[ -f "$run/npm/node_modules/.package-lock.json" ] ||
		step "install a peer (npm)" "$run/log/npm.log" peer_fetch
}

peer_fetch()
(
	mkdir -p "$run/npm" &&
	    cp bench/peers/package.json bench/peers/package-lock.json \
	    "$run/npm" && cd "$run/npm" &&
	    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
	    npm_config_cache="$run/npm/cache" \
	    npm ci --no-audit --no-fund --no-update-notifier \
	    --fetch-retries=1 --fetch-timeout=30000
)

bench_build()
{
	build
	step "compile what is measured beside" "$run/log/bench.log" \
	    make -C "$run/build" bench
}

# The database's size is a measurement's, the access limits of the front are
# off, and each request's address is what the load generator says; the limits
# that the programs keep stay.
bench_system()
{
	if ls "$run"/pid/*.pid > /dev/null 2>&1; then
		system_stop
	fi
	port_check
	[ "${TALLYSTICK_FILLED:-}" = yes ] || rm -rf "$run/db"
	mkdir -p "$run/nginx" "$run/results" &&
	    cp bench/limits.conf "$run/nginx/bench.conf" ||
		die "$run cannot be written"
	limits=bench
	database_pool=${TALLYSTICK_POOL:-1G}
	database_log=${TALLYSTICK_REDO:-512M}
	database_connections=400
	system_start
}

# bench_measure WHAT [OPTION ...]: a key ends it, too.
bench_measure()
{
	local what=$1 status
	shift

	say ""
	[ "$what" != throughput ] || peer_install
	say "Measure $what:"
	set -m
	env TALLYSTICK_RUN="$run" TALLYSTICK_PREFIX="$prefix" \
	    TALLYSTICK_BUILD="$run/build" TALLYSTICK_PORT="$port" \
	    PYTHONDONTWRITEBYTECODE=1 \
	    /usr/bin/python3 "bench/$what.py" "$@" < /dev/null &
	step_pid=$!
	set +m
	wait "$step_pid"
	status=$?
	step_pid=
	[ "$status" -eq 0 ] || die "$what was not measured"
}

# What is compared: NAME=RUN:PORT.
sides=()

# The systems of two or more checkouts, each started by its own quickstart
# (an installed prefix: by this one), side by side.
compare_start()
{
	local where letter side_port=$port letters=({a..z})

	for where in "$@"; do
		letter=${letters[${#sides[@]}]}
		side_port=$((side_port + 1))
		[[ $where = /* ]] || where=$from/$where
		sides+=("$letter=$run/$letter/bench:$side_port")
		say ""
		say "$letter: $where"
		if [ -x "$where/quickstart" ]; then
			TALLYSTICK_RUN=$run/$letter "$where/quickstart" \
			    --port "$side_port" bench start
		elif [ -x "$where/bin/tallystick" ]; then
			TALLYSTICK_RUN=$run/$letter TALLYSTICK_PREFIX=$where \
			    ./quickstart --port "$side_port" bench start
		else
			die "$where holds neither ./quickstart nor a prefix"
		fi || die "$where was not started"
	done
}

compare_stop()
{
	local side

	for side in "${sides[@]}"; do
		(
			side=${side#*=}
			run=${side%:*}
			system_stop
		)
	done
	say "Stopped. Nothing is left running."
}

# compare DIR ... [OPTION ...]
compare()
{
	local dirs=()

	while [ $# -gt 0 ] && [[ $1 != -* ]]; do
		dirs+=("$1")
		shift
	done
	[ ${#dirs[@]} -ge 2 ] || die_usage "compare wants two folders or more"
	trap compare_stop EXIT
	compare_start "${dirs[@]}"
	bench_measure compare "${sides[@]}" "$@"
	trap - EXIT
	compare_stop
}

# measure [WHAT [OPTION ...]]: on a system that is ended afterwards.
measure()
{
	local each

	bench_build
	trap stop_and_tell EXIT
	bench_system
	if [ $# -gt 0 ]; then
		bench_measure "$@"
	else
		for each in $bench_usual; do
			bench_measure "$each"
		done
	fi
	trap - EXIT
	system_stop
}

bench()
{
	local what=${1:-}

	case $what in
	start | stop | "")	;;
	*)		[ -f "bench/$what.py" ] || die_usage \
			    "there is nothing to measure by the name $what" ;;
	esac
	folder_check
	packages_install bench
	run=$run/bench
	folder_fill
	ulimit -n "$(ulimit -Hn)"
	case $what in
	start)		build
			trap stop_and_tell EXIT
			bench_system
			trap - EXIT
			say "Running: $base" ;;
	stop)		system_stop ;;
	compare)	shift; prefix=; compare "$@" ;;
	*)		[ -z "${TALLYSTICK_PREFIX:-}" ] || die "bench builds" \
			    "what it measures: unset TALLYSTICK_PREFIX"
			case $what in
			flat)	shift; flat "$@" ;;
			*)	measure "$@" ;;
			esac ;;
	esac
}
