# shellcheck shell=bash
# From the sources to an installed copy. What is up to date is not redone.

prefix=${TALLYSTICK_PREFIX:-$run/prefix}

# Changes whenever a source does.
source_stamp()
{
	source_list | (cd "$home" && tr '\n' '\0' |
	    xargs -0 stat -c '%n %s %Y') | sha256sum
}

configure_run()
(
	mkdir -p "$run/build" && cd "$run/build" &&
	    "$home/configure" -C --prefix="$prefix" --quiet \
	    "${build_options[@]}"
)

# With what configure is to be called.
build_options=()

build()
{
	local stamp

	# Where check has moved the run folder to, too.
	prefix=${TALLYSTICK_PREFIX:-$run/prefix}
	if [ -n "${TALLYSTICK_PREFIX:-}" ]; then
		[ -x "$prefix/bin/tallystick" ] ||
			die "there is no $prefix/bin/tallystick"
		return
	fi
	stamp="${build_options[*]} $(source_stamp)"
	if [ "$stamp" = "$(cat "$run/build/stamp" 2> /dev/null)" ]; then
		say "Built already."
		return
	fi
	say "Build Tallystick:"
	rm -f "$run/build/stamp"
	step "make configure" "$run/log/autoreconf.log" autoreconf -fi "$home"
	step "configure" "$run/log/configure.log" configure_run
	step "compile" "$run/log/make.log" \
	    make -C "$run/build" -j "$(nproc)"
	step "install into run/prefix" "$run/log/install.log" \
	    make -C "$run/build" install
	printf '%s\n' "$stamp" > "$run/build/stamp"
}
