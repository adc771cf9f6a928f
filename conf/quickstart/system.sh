# shellcheck shell=bash
# The whole: database, configuration, programs, web server.

# What parts must know that are started later (part start NAME).
setting_save()
{
	printf '%s=%q\n' prefix "$prefix" port "$port" base "$base" \
	    receiver_port "${receiver_port:-}" workers "$workers" \
	    database_pool "$database_pool" database_log "$database_log" \
	    database_connections "$database_connections" > "$run/settings"
}

setting_load()
{
	[ -f "$run/settings" ] || die "nothing was started in $run yet"
	# shellcheck source=/dev/null
	. "$run/settings"
}

random_word()
{
	head -c 24 /dev/urandom | base64 | tr '+/' '-_'
}

# Accounts and option file from the examples in conf/, each with a password of
# its own. root@localhost gets one, too.
database_accounts()
{
	awk -v socket="$run/db.sock" '
	/^password = change-me/ {
		"head -c 24 /dev/urandom | base64 | tr +/ -_" | getline word
		close("head -c 24 /dev/urandom | base64 | tr +/ -_")
		print "password = " word
		next
	}
	/^socket =/ { print "socket = " socket; next }
	{ print }' conf/database.cnf > "$run/database.cnf" &&
	    printf '\n[client-root]\nuser = root\npassword = %s\nsocket = %s\n' \
	    "$(random_word)" "$run/db.sock" >> "$run/database.cnf" &&
	{
		echo 'FLUSH PRIVILEGES;'
		awk '
		NR == FNR && /^user =/ { user = $3 }
		NR == FNR && /^password =/ { words[user] = $3 }
		NR == FNR { next }
		/IDENTIFIED BY/ {
			split($0, part, "\047")
			sub("change-me", words[part[2]])
		}
		{ print }' "$run/database.cnf" conf/accounts.sql
		echo "DELETE FROM mysql.global_priv"
		echo "WHERE User = 'root' AND Host <> 'localhost';"
		echo 'FLUSH PRIVILEGES;'
		printf "ALTER USER root@localhost IDENTIFIED BY '%s';\n" \
		    "$(sed -n '/client-root/,$s/^password = //p' \
		    "$run/database.cnf")"
	} > "$run/tmp/accounts.sql"
}

# Either whole, in its place, or not there.
database_make()
{
	local made=$run/tmp/db status

	rm -rf "$made" &&
	    database_accounts &&
	    mariadb-install-db --no-defaults --datadir="$made" \
	    --auth-root-authentication-method=normal --skip-test-db \
	    --skip-name-resolve --innodb-log-file-size=32M \
	    --innodb-flush-log-at-trx-commit=0 --tmpdir="$run/tmp" \
	    --extra-file="$run/tmp/accounts.sql" &&
	    mv -T "$made" "$run/db"
	status=$?
	rm -f "$run/tmp/accounts.sql"
	return "$status"
}

database_start()
{
	if [ ! -d "$run/db" ]; then
		step "make a private database" "$run/log/install-db.log" \
		    database_make
	fi
	part_start mariadbd
}

configuration_write()
{
	local share=$prefix/share/tallystick

	{
		echo "# Written anew by each ./quickstart."
		echo "base-url = $base"
		echo "database = $run/database.cnf"
		echo "keys = $run/keys"
		echo "screens = $share/www"
		echo "schema = $share/schema"
		[ "$nchan" = no ] || echo "wake-socket = $run/wake.sock"
		[ "$limits" != no-limits ] || echo "pending-per-address = 0"
		if [ -n "$webhook" ]; then
			echo "webhook-url = $webhook"
			echo "webhook-secret = $run/webhook-secret"
			echo "webhook-allow = $(url_place "$webhook")"
		fi
	} > "$run/tallystick.conf"
}

# host:port of a URL.
url_place()
{
	local place=${1#*://}

	place=${place%%[/?#]*}
	case $1,$place in
	*,*:[0-9]*)	echo "$place" ;;
	https:*)	echo "$place:443" ;;
	*)		echo "$place:80" ;;
	esac
}

# The operator's command, with this system's configuration.
operator_write()
{
	printf '#!/bin/sh\nexec %q -c %q "$@"\n' "$prefix/bin/tallystick" \
	    "$run/tallystick.conf" > "$run/tallystick" &&
	    chmod 700 "$run/tallystick"
}

nginx_configure()
{
	local listen=127.0.0.1:$port file

	[ "$lan" = no ] || listen=$port
	mkdir -p "$run/nginx"
	for file in "$prefix"/etc/tallystick/example/nginx/*.conf; do
		sed -e "s|@CONF@|$run/nginx|g" -e "s|@LISTEN@|$listen|g" \
		    -e "s|@BASE@||g" -e "s|@RUN@|$run|g" \
		    -e "s|@WWW@|$prefix/share/tallystick/www|g" \
		    -e "s|@LOGS@|$run/log|g" -e "s|@LIMITS@|$limits|g" \
		    -e "s|@MODULES@|/usr/lib/nginx/modules|g" \
		    -e "s|@SITE@|site|g" \
		    "$file" > "$run/nginx/${file##*/}" || return
	done
	mv "$run/nginx/nginx.conf" "$run/nginx.conf"
}

address_find()
{
	local host=127.0.0.1

	if [ "$lan" = yes ]; then
		host=$(hostname -I | cut -d ' ' -f 1)
		[ -n "$host" ] || die "this machine has no address in a LAN"
	fi
	base=http://$host:$port
}

port_open()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null
}

port_check()
{
	local least

	if port_open; then
		die "port $port is in use: name another one by --port"
	fi
	least=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)
	[ "$port" -ge "$least" ] || die "port $port is for root alone, and" \
	    "nothing here runs as root: take --port $least or above"
}

webhook_settle()
{
	receiver_port=
	if [ -n "$webhook" ]; then
		cat <&9 > "$run/webhook-secret" ||
			die "$webhook_secret cannot be read"
		return
	fi
	printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64 -w 0)" \
	    > "$run/webhook-secret"
	rm -f "$run/tmp/receiver.port"
	part_start receiver
	receiver_port=$(cat "$run/tmp/receiver.port")
	webhook=http://127.0.0.1:$receiver_port/orders
}

# Every program must answer, each as it does to a stranger.
answers_check()
{
	local asked name answer

	for asked in register:415 connect:401 instruct:415 report:415 \
	    pair:200 status:303; do
		name=${asked%:*}
		case $name in
		connect)	answer=$(answer_code "$base/device/connect") ;;
		pair | status)	answer=$(answer_code "$base/$name") ;;
		*)		answer=$(answer_code "$base/device/$name" \
				    -H "Content-Type: text/plain" -d x) ;;
		esac
		[ "$answer" = "${asked#*:}" ] || die "$name does not answer" \
		    "($answer): $(log_tell "$run/log/$name.log")"
	done
}

answer_code()
{
	curl -s -o /dev/null -m 15 -w '%{http_code}' --noproxy '*' "$@"
}

system_start()
{
	local name

	if ls "$run"/pid/*.pid > /dev/null 2>&1; then
		system_stop
		port_check
	fi
	address_find
	say "Start a system of its own in $run:"
	webhook_settle
	setting_save
	configuration_write
	operator_write && nginx_configure || die "$run/nginx cannot be written"
	database_start
	step "make keys" "$run/log/key.log" "$run/tallystick" key new
	step "bring the database to this version" "$run/log/migrate.log" \
	    "$run/tallystick" migrate
	for name in $programs deliver purge nginx; do
		part_start "$name"
	done
	step "ask each program" "$run/log/answers.log" answers_check
}

system_stop()
{
	# shellcheck disable=SC2086 # a list of words
	part_stop device nginx deliver purge receiver $programs
	part_stop mariadbd
}

# qr_show [CODE]: on a terminal the pairing page as a QR code, the code with it.
qr_show()
{
	[ -t 1 ] || return 0
	printf '%s\n' "${1:-}" | "$run/tallystick" label --terminal ${1:+-}
	[ "$lan" = yes ] ||
		say "      (for a phone on the same network: ./quickstart --lan)"
}

system_tell()
{
	say ""
	say "Running: $base"
	[ "$demo$auto" = yesno ] || qr_show
	say "  operator   $as$run/tallystick devices"
	say "  logs       $run/log/"
	say "  stop       ./quickstart stop"
}
