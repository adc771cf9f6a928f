# shellcheck shell=bash
# What bench flat measures: two systems of this checkout side by side, under
# the same settings. Which is small and which is large bench/flat.py sees to.

flat_start()
{
	local side side_port=$port pool=2G redo=1G

	case " $* " in
	*" --full "*)	pool=12G redo=4G ;;
	esac
	for side in small large; do
		side_port=$((side_port + 1))
		sides+=("$side=$run/$side/bench:$side_port")
		case "$side $* " in
		large*" --filled "*)	export TALLYSTICK_FILLED=yes ;;
		esac
		say ""
		say "The $side one:"
		TALLYSTICK_RUN=$run/$side TALLYSTICK_PREFIX=$prefix \
		    TALLYSTICK_POOL=$pool TALLYSTICK_REDO=$redo ./quickstart \
		    --port "$side_port" bench start ||
			die "the $side one was not started"
	done
	unset TALLYSTICK_FILLED
}

# flat [OPTION ...]
flat()
{
	bench_build
	mkdir -p "$run/results" || die "$run cannot be written"
	trap compare_stop EXIT
	flat_start "$@"
	bench_measure flat "${sides[@]}" "$@"
	trap - EXIT
	compare_stop
}
