#!/bin/sh
# A real IPP printer for the tests: ippeveprinter (package cups-ipp-utils)
# on loopback, with four toners whose levels can be set.
#
#   t/printer.sh start DIR [PORT]     start it; prints uri=... and pid=...
#                                     (PRINTER_FORMATS: what it takes)
#   t/printer.sh document FILE PAGES  write a PDF of so many pages
#   t/printer.sh print DIR FILE       print FILE (PDF, JPEG); waits for the end
#   t/printer.sh level DIR INDEX PERCENT
#   t/printer.sh stop DIR
#
# The printer learns a level while it prints, as ippeveprinter has no other
# door for it: `level` takes effect with the next `print`. `start` prints one
# page, so that the toners are known from the beginning and the printer has
# a job that is older than any pairing.
# Exit: 0 done, 77 a tool is missing (skip), else 1.
set -eu

me=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

fail()
{
	echo "printer.sh: $*" >&2
	exit 1
}

need()
{
	for tool in "$@"; do
		command -v "$tool" > /dev/null || {
			echo "printer.sh: skipped: $tool is not installed" >&2
			exit 77
		}
	done
}

# One line an entry of printer-supply; level and print command share it.
supplies_write()
{
	i=0
	for colour in black cyan magenta yellow; do
		i=$((i + 1))
		echo "index=$i;class=supplyThatIsConsumed;type=toner;\
unit=percent;maxcapacity=100;level=80;colorantname=$colour;"
	done > "$1/supplies"
}

# What the printer runs for each document: it says how many pages came out
# and what is left in the cartridges.
command_write()
{
	cat > "$1/command" <<-'END'
	#!/bin/sh
	dir=$(dirname "$0")
	case $CONTENT_TYPE in
	*/pdf)	pages=$(grep -ac '/Type */Page\b' "$1") ;;
	*)	pages=1 ;;
	esac
	[ "$pages" -gt 0 ] || pages=1
	echo "ATTR: job-impressions=$pages" >&2
	echo "ATTR: job-impressions-completed=$pages" >&2
	list=$(sed "s/.*/'&'/" "$dir/supplies" | paste -sd, -)
	echo "ATTR: printer-supply=$list" >&2
	END
	chmod +x "$1/command"
}

test_files_write()
{
	cat > "$1/ready.test" <<-'END'
	{
		NAME "our printer answers"
		OPERATION Get-Printer-Attributes
		GROUP operation-attributes-tag
		ATTR charset attributes-charset utf-8
		ATTR language attributes-natural-language en
		ATTR uri printer-uri $uri
		ATTR keyword requested-attributes printer-name
		STATUS successful-ok
		EXPECT printer-name WITH-VALUE "$name"
	}
	END
	cat > "$1/print.test" <<-'END'
	{
		NAME "print a document and wait for its end"
		OPERATION Print-Job
		GROUP operation-attributes-tag
		ATTR charset attributes-charset utf-8
		ATTR language attributes-natural-language en
		ATTR uri printer-uri $uri
		ATTR name requesting-user-name "person"
		ATTR name job-name "a private title"
		ATTR mimeMediaType document-format $filetype
		FILE $filename
		STATUS successful-ok
		EXPECT job-id
	}
	{
		NAME "the job has ended"
		OPERATION Get-Job-Attributes
		GROUP operation-attributes-tag
		ATTR charset attributes-charset utf-8
		ATTR language attributes-natural-language en
		ATTR uri printer-uri $uri
		ATTR integer job-id $job-id
		ATTR name requesting-user-name "person"
		STATUS successful-ok
		EXPECT job-state OF-TYPE enum WITH-VALUE ">6" REPEAT-NO-MATCH REPEAT-LIMIT 100
		DELAY 0.1
	}
	END
}

document()
{
	: > "$1"
	kids=
	put() { offsets="$offsets $(wc -c < "$file")"; echo "$1" >> "$file"; }
	file=$1
	offsets=
	printf '%%PDF-1.4\n' >> "$file"
	put "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj"
	n=0
	while [ "$n" -lt "$2" ]; do
		kids="$kids $((3 + n)) 0 R"
		n=$((n + 1))
	done
	put "2 0 obj << /Type /Pages /Count $2 /Kids [$kids ] >> endobj"
	n=0
	while [ "$n" -lt "$2" ]; do
		put "$((3 + n)) 0 obj << /Type /Page /Parent 2 0 R \
/MediaBox [0 0 595 842] >> endobj"
		n=$((n + 1))
	done
	start=$(wc -c < "$file")
	printf 'xref\n0 %d\n0000000000 65535 f \n' "$((3 + n))" >> "$file"
	for offset in $offsets; do
		printf '%010d 00000 n \n' "$offset" >> "$file"
	done
	printf 'trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n' \
		"$((3 + n))" "$start" >> "$file"
}

# A name that no other printer has, and that stays with the folder: the
# printer makes its UUID of it and of the port.
name()
{
	echo "Test printer $(printf %s "$1" | cksum | cut -d ' ' -f 1)"
}

# Whether the printer that we started answers on its port; another may hold
# it, and ours not have noticed yet.
answers()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		runs "$(cat "$1/pid")" || return 1
		ipptool -q -d "name=$(name "$1")" "$(cat "$1/uri")" \
			"$1/ready.test" 2> /dev/null && return 0
		sleep 0.25
	done
	return 1
}

bus_start()
{
	# The printer wants to announce itself over the system's bus, even
	# with -r off. It gets one of its own, whose socket lies in the
	# short /tmp: the name of a Unix socket has 107 bytes at most.
	dbus-daemon --session --fork --print-address=3 --print-pid=4 \
		--address=unix:tmpdir=/tmp 3> "$1/bus" 4> "$1/bus.pid" \
		2> "$1/bus.log" || fail "dbus-daemon: $(cat "$1/bus.log")"
}

printer_start()
{
	echo "ipp://127.0.0.1:$2/ipp/print" > "$1/uri"
	DBUS_SYSTEM_BUS_ADDRESS=$(cat "$1/bus") HOME=$1 \
	    setsid ippeveprinter -r off -n localhost -p "$2" \
		-d "$1/spool" -K "$1" -M Example -m MFC-9340 -s 20,15 \
		-f "${PRINTER_FORMATS:-application/pdf,image/jpeg}" -c "$1/command" \
		"$(name "$1")" > "$1/log" 2>&1 < /dev/null &
	echo $! > "$1/pid"
	answers "$1"
}

start()
{
	need ippeveprinter ipptool dbus-daemon setsid
	mkdir -p "$1/spool"
	[ -s "$1/supplies" ] || supplies_write "$1"
	command_write "$1"
	test_files_write "$1"
	bus_start "$1"
	# Started again it is the same printer, at the same address.
	port=${2:-$(sed 's|.*:\([0-9]*\)/.*|\1|' "$1/uri" 2> /dev/null || :)}
	if [ -n "$port" ]; then
		printer_start "$1" "$port" || { stop "$1"; fail "no printer \
on port $port: $(cat "$1/log")"; }
	else
		port=$((20000 + $$ % 10000))
		until printer_start "$1" "$port"; do
			port=$((port + 97))
			[ "$port" -lt 40000 ] || { stop "$1"; fail \
				"no free port: $(cat "$1/log")"; }
		done
	fi
	case ${PRINTER_FORMATS:-application/pdf} in
	*application/pdf*)
		document "$1/first.pdf" 1
		print "$1" "$1/first.pdf" ;;
	esac
	echo "uri=$(cat "$1/uri")"
	echo "pid=$(cat "$1/pid")"
}

print()
{
	ipptool -q -f "$2" "$(cat "$1/uri")" "$1/print.test" ||
		fail "the printer did not print $2"
}

level()
{
	case $3 in
	*[!0-9-]*|'') fail "$3 is not a level" ;;
	esac
	grep -q "^index=$2;" "$1/supplies" || fail "no supply $2"
	sed "/^index=$2;/s/level=[0-9-]*;/level=$3;/" "$1/supplies" \
		> "$1/supplies.new"
	mv "$1/supplies.new" "$1/supplies"
}

# Whether a process runs; one that only waits to be buried does not.
runs()
{
	kill -0 "$1" 2> /dev/null &&
		! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

stop()
{
	for file in pid bus.pid; do
		[ -s "$1/$file" ] || continue
		pid=$(cat "$1/$file")
		kill "$pid" 2> /dev/null || :
		# Its port is free only once it is gone.
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			runs "$pid" || break
			sleep 0.1
		done
		rm -f "$1/$file"
	done
}

[ $# -ge 2 ] || fail "usage: start|document|print|level|stop DIR ... \
(see the head of $me)"
what=$1
shift
case $what in
start)		mkdir -p "$1" && dir=$(cd "$1" && pwd) && shift
		start "$dir" "$@" ;;
print|level|document|stop) "$what" "$@" ;;
*)		fail "unknown command $what" ;;
esac
