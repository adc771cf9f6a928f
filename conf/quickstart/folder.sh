# shellcheck shell=bash
# Which user all runs as, and in which folder.

run=${TALLYSTICK_RUN:-}
rights=()
# From a first stage as someone else: the checkout, and how to become the
# user. Neither is for what is started from here.
seen=${TALLYSTICK_SEEN:-$home}
as=${TALLYSTICK_AS:-}
unset TALLYSTICK_SEEN TALLYSTICK_AS TALLYSTICK_FROM

# The checkout's owner; never root.
user_find()
{
	user=$(stat -c %U "$home")
	if [ "$user" = root ] || [ "$user" = UNKNOWN ]; then
		user=nobody
	fi
}

# as_user COMMAND ...: without root's rights, whoever started this.
as_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
	    env HOME="$run" "$@"
}

# The user's own folder at a place that it can reach.
folder_make()
{
	if [ ! -e "$run" ]; then
		if ! mkdir -p "$(dirname "$run")" ||
		    ! mkdir -m 0700 "$run" || ! chown "$user:" "$run"; then
			die "$run cannot be made"
		fi
	fi
	as_user test -x "$run" && as_user test -w "$run"
}

folder_settle()
{
	local elsewhere

	if [ -n "$run" ]; then
		run=$(realpath -m "$run")
		folder_make || die "$user cannot use $run: name another" \
		    "folder in TALLYSTICK_RUN"
		return
	fi
	run=$(realpath -m "$home/run")
	folder_make 2> /dev/null && return
	# A checkout under /root, say.
	elsewhere=/var/lib/tallystick-$(cksum <<< "$home" | cut -d ' ' -f 1)
	[ -L "$home/run" ] || rmdir "$home/run" 2> /dev/null
	ln -sfnT "$elsewhere" "$home/run" 2> /dev/null ||
		die "$user cannot use $home/run: remove it"
	run=$elsewhere
	folder_make || die "$user cannot use $run: remove it"
}

folder_fill()
{
	as_user mkdir -p "$run"/{log,pid,tmp} || die "$run cannot be written"
}

# A copy of the checkout, for a user who cannot read it or write to it. What
# the user's own build added to the copy stays, so that it need not be redone.
# Root only reads: what it wrote in another's folder could go anywhere.
source_copy()
{
	local list=$run/tmp/source.list names

	names=$(source_list)
	as_user mkdir -p "$run/source" || die "$run cannot be written"
	as_user cat "$list" 2> /dev/null |
		comm -23 - <(printf '%s\n' "$names") |
		as_user env -C "$run/source" xargs -r -d '\n' rm -f --
	tar -C "$home" -cf - --no-recursion -T <(printf '%s\n' "$names") |
		as_user tar -C "$run/source" -xf - --no-same-owner ||
		die "the sources cannot be copied to $run/source"
	printf '%s\n' "$names" | as_user tee "$list" > /dev/null
}

# Files of the checkout that are no one's product, sorted.
source_list()
{
	(cd "$home" && find . \( -path ./.git -o -path './run' -o \
	    -path './run-*' -o -path ./build -o -path ./autom4te.cache -o \
	    -path ./build-aux -o -name node_modules -o -name __pycache__ -o \
	    -name .pytest_cache -o -name .deps \) -prune -o \
	    \( -type f -o -type l \) ! -name configure ! -name Makefile.in \
	    ! -name aclocal.m4 ! -name '*.o' ! -name '*.a' \
	    ! -name .dirstamp ! -name '*~' -printf '%P\n' | sort)
}

# Root installs packages and goes no further than this: the same command
# again, as the user.
user_settle()
{
	if [ "$(id -u)" -eq 0 ]; then
		user_find
		folder_settle
		folder_fill
		case $verb in
		start | build)	packages_install base ;;
		check | bench)	packages_install "$verb" ;;
		esac
	else
		run=$(realpath -m "${run:-$home/run}")
		mkdir -p "$run" 2> /dev/null
		if [ ! -O "$run" ] || [ ! -w "$run" ]; then
			die "$run is not $(id -un)'s: name another folder" \
			    "in TALLYSTICK_RUN"
		fi
		folder_fill
		[ -w "$home" ] && return
	fi
	source_settle
	[ "$(id -u)" -ne 0 ] && [ "$home" = "$seen" ] && return
	exec setpriv "${rights[@]}" env HOME="$run" TALLYSTICK_RUN="$run" \
	    TALLYSTICK_SEEN="$seen" TALLYSTICK_AS="$as " \
	    TALLYSTICK_FROM="$from" \
	    "$home/quickstart" "$@"
}

# Where the user can work: in the checkout, else in a copy.
source_settle()
{
	if [ "$(id -u)" -eq 0 ]; then
		rights=(--reuid "$user" --regid "$(id -g "$user")" --init-groups)
		as="runuser -u $user --"
		as_user test -w "$home" && return
	fi
	case $verb in
	stop | part)	[ -x "$run/source/quickstart" ] || source_copy ;;
	*)		source_copy ;;
	esac
	home=$run/source
}

folder_check()
{
	local free

	[[ $run =~ ^[A-Za-z0-9_./+@:-]+$ ]] || die "the path $run holds" \
	    "characters that nginx.conf cannot: name another folder in" \
	    "TALLYSTICK_RUN"
	# A Unix socket's path has 107 bytes at most.
	[ ${#run} -le 90 ] || die "the path $run is too long for sockets:" \
	    "name a shorter one in TALLYSTICK_RUN"
	free=$(df --output=avail -m "$run" | tail -n 1)
	[ "$free" -ge 300 ] ||
		die "the disk of $run has $free MB left: 300 are wanted"
}
