# shellcheck shell=bash
# Debian packages: which are wanted, and how the missing ones come.

packages_base="autoconf automake gcc make libc6-dev pkg-config libfcgi-dev
	libxml2-dev libmariadb-dev libsodium-dev libseccomp-dev libcurl4-openssl-dev
	libcups2-dev libqrencode-dev mariadb-server-core mariadb-client-core nginx
	libnginx-mod-nchan spawn-fcgi multiwatch curl python3
	itstool gettext"
packages_check="libcunit1-dev libxml2-utils python3-pytest
	python3-pytest-timeout cups-ipp-utils dbus-daemon mariadb-client
	clang libclang-rt-14-dev
	valgrind mandoc shellcheck xz-utils procps ca-certificates
	chromium firefox-esr fonts-noto-cjk lynx tmux w3m
	zbar-tools librsvg2-bin poppler-utils fonts-dejavu-core
	apache2-bin lighttpd lighttpd-mod-openssl openssl
	strace libfaketime fiu-utils
	fail2ban python3-systemd systemd-journal-remote systemd"
packages_bench="wrk gnuplot-nox glewlwyd fcgiwrap ca-certificates"

# packages_missing base|check|bench: names, one a line.
packages_missing()
{
	local wanted=$packages_base

	case $1 in
	check)	wanted="$wanted $packages_check" ;;
	bench)	wanted="$wanted $packages_bench" ;;
	esac
	if [ "$1" != base ]; then
		command -v node > /dev/null || wanted="$wanted nodejs"
		command -v npm > /dev/null || wanted="$wanted npm"
	fi
	# shellcheck disable=SC2086 # a list of words
	dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' |
		sed -n 's/^ii *\([^:]*\).*/\1/p' | sort -u |
		comm -13 - <(printf '%s\n' $wanted | sort)
}

# nchan wants this folder to be there, which nginx makes at its first start as
# root; see conf/nginx/nginx.conf.
body_folder=/var/lib/nginx/body

# As root, in a shell of its own. Services that a package brings along are
# not started now, and one that was not here before not at boot either.
# shellcheck disable=SC2016 # that shell's own words
packages_fetch='
set -e
# Those of them that are here, for which something is started at boot.
units()
{
	for unit in nginx.service glewlwyd.service fcgiwrap.socket \
		fail2ban.service systemd-journal-remote.socket \
		lighttpd.service; do
		[ ! -e "/lib/systemd/system/$unit" ] || printf "%s " "$unit"
	done
}
folder=$1
shift
if [ $# -gt 0 ]; then
	export DEBIAN_FRONTEND=noninteractive
	policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		trap "rm -f $policy" EXIT
		printf "#!/bin/sh\nexit 101\n" > $policy
		chmod 755 $policy
	fi
	apt-get -qq update
	case " $* " in
	*" glewlwyd "*)	# else its configure step asks for a database
		echo glewlwyd glewlwyd/config_type select No configuration |
			debconf-set-selections ;;
	esac
	before=$(units)
	apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install "$@"
	if [ -d /run/systemd/system ]; then
		for unit in $(units); do
			case " $before " in
			*" $unit "*)	;;
			*)		systemctl disable --quiet "$unit" || true ;;
			esac
		done
	fi
fi
[ -d "$folder" ] || install -d -m 0700 -o www-data -g root "$folder"'

packages_install()
{
	local missing wanted=() log=$run/log/apt.log text="install packages"

	command -v dpkg-query apt-get > /dev/null ||
		die "this is no Debian: install what INSTALL names by hand"
	missing=$(packages_missing "$1")
	[ -z "$missing" ] || mapfile -t wanted <<< "$missing"
	if [ ${#wanted[@]} -gt 0 ]; then
		say "Packages that are missing: ${wanted[*]}"
	elif [ -d "$body_folder" ]; then
		return
	else
		text="make nginx's folder"
	fi
	# Half a package helps nobody: no key ends this.
	trap '' INT TERM HUP
	if [ "$(id -u)" -eq 0 ]; then
		log=$(mktemp)
		step "$text" "$log" \
		    sh -c "$packages_fetch" sh "$body_folder" "${wanted[@]}"
		rm -f "$log"
	elif command -v sudo > /dev/null; then
		sudo -v || die "sudo was refused: run ./quickstart build as root"
		step "$text" "$log" sudo -n \
		    sh -c "$packages_fetch" sh "$body_folder" "${wanted[@]}"
	else
		die "packages are missing and there is no sudo:" \
		    "run ./quickstart build as root"
	fi
	trap interrupted INT TERM HUP
}
