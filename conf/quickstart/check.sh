# shellcheck shell=bash
# All tests, in a folder of their own beside what runs. A failure does not
# keep the next runner from its turn.

check_failed=()

# run_tests NAME LOG COMMAND ...: in full view, and what it says kept.
run_tests()
{
	local name=$1 log=$2
	shift 2

	say ""
	say "== $name"
	"$@" 2>&1 < /dev/null | tee "$log"
	[ "${PIPESTATUS[0]}" -eq 0 ] || check_failed+=("$name")
}

# The same for what says much: its end, and only if it failed.
run_quiet()
{
	local name=$1 log=$2 begun=$SECONDS
	shift 2

	say ""
	say "== $name"
	if "$@" > "$log" 2>&1 < /dev/null; then
		say "passed, $((SECONDS - begun)) s"
		return
	fi
	tail -n 40 "$log"
	check_failed+=("$name")
}

# What the tests have from npm: the reference verifier of our signatures, in
# another language, and what drives and judges browsers.
npm_install()
(
	mkdir -p "$run/npm" &&
	    cp t/package.json t/package-lock.json "$run/npm" &&
	    cd "$run/npm" &&
	    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
	    npm_config_cache="$run/npm/cache" \
	    npm ci --no-audit --no-fund --no-update-notifier \
	    --fetch-retries=1 --fetch-timeout=30000
)

shell_check()
{
	shellcheck -x quickstart .ci/run po/merge po/check \
	    www/screens/refusals t/*.sh && say "shellcheck: clean"
}

# The library once more, with every wrong step of memory told.
sanitizer_check()
(
	mkdir -p "$run/sanitized" && cd "$run/sanitized" &&
	    "$home/configure" -C --quiet --enable-sanitizers --enable-werror &&
	    make -s -j "$(nproc)" && make -s check
)

system_tests()
{
	env TALLYSTICK_PREFIX="$prefix" TALLYSTICK_BUILD="$run/build" \
	    TALLYSTICK_RUN= NODE_PATH="$run/npm/node_modules" \
	    PYTHONDONTWRITEBYTECODE=1 \
	    /usr/bin/python3 -m pytest -p no:cacheprovider --timeout=180 \
	    -ra --durations=5 t
}

# The runners' own closing lines, last.
closing_lines()
{
	local log

	say ""
	say "== closing lines"
	for log in "$run"/build/t/test_*.log; do
		say "$(basename "$log" .log)"
		grep -A 3 'Run Summary' "$log"
	done
	grep -hE '^# (TOTAL|PASS|SKIP|FAIL|ERROR)' "$run/log/cunit.log"
	grep -h -A 1 'ready for distribution' "$run/log/distcheck.log"
	tail -n 1 "$run/log/pytest.log"
}

check()
{
	local log=$run/check/log

	folder_check
	packages_install check
	run=$run/check
	folder_fill
	build_options=(--enable-werror --enable-pseudo-languages)
	build
	run_quiet "packages of the tests (npm)" "$log/npm.log" npm_install
	run_tests "scripts" "$log/shellcheck.log" shell_check
	run_tests "library (CUnit)" "$log/cunit.log" make -C "$run/build" check
	run_quiet "what bench compiles" "$log/bench.log" \
	    make -C "$run/build" bench
	run_quiet "library, sanitized" "$log/sanitized.log" sanitizer_check
	run_quiet "distribution" "$log/distcheck.log" \
	    make -s -C "$run/build" distcheck \
	    DISTCHECK_CONFIGURE_FLAGS="--quiet --enable-werror"
	run_tests "system, under valgrind" "$log/valgrind.log" \
	    make -s -C "$run/build" valgrind
	run_tests "system (pytest)" "$log/pytest.log" system_tests
	# Elsewhere what is missing may skip; here all of it was installed.
	if [ "${CI:-}" = true ] &&
	    { tail -qn 1 "$log/pytest.log" "$log/valgrind.log" |
		grep -q skipped ||
		grep -q '^# SKIP: *[1-9]' "$log/cunit.log"; }; then
		check_failed+=("skipped tests")
	fi
	closing_lines
	[ ${#check_failed[@]} -eq 0 ] || die "failed: $(printf '%s, ' \
	    "${check_failed[@]}" | sed 's/, $//')"
}
