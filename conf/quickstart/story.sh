# shellcheck shell=bash
# A simulated printer walks through the whole story. What happens is read
# from its log and the receiver's, as it happens.

toners=("" black cyan magenta yellow)

# tell WHO WHAT: one line of the story, with the seconds since its beginning.
tell()
{
	local now=${EPOCHREALTIME/[.,]/}
	local tenths=$(((now - story_begun) / 100000))

	printf '%4d.%d s  %-9s %s\n' $((tenths / 10)) $((tenths % 10)) "$1" "$2"
}

# The value of NAME=... in a line.
field()
{
	[[ " $2 " =~ \ $1=([^ ]*)\  ]] && printf '%s' "${BASH_REMATCH[1]}"
}

toner()
{
	local number

	number=$(field supply "$1")
	printf '%s toner' "${toners[${number:-0}]:-supply $number}"
}

levels()
{
	local level told="" number

	for level in $1; do
		number=${level%%=*}
		level=${level#*=}
		told+=", ${toners[$number]:-supply $number} ${level%/*} %"
	done
	printf '%s' "${told#, }"
}

# A line of the device's log, in plain words.
device_tell()
{
	local event=${1%% *} rest=${1#* }

	seen_events+=" $event "
	case $event in
	device)		tell printer "is switched on: ${rest#*model=}, $(field id "$rest")" ;;
	code)		code=$rest
			tell printer "shows its code, stored in it long ago: $code" ;;
	registered)	tell server "takes its first registration request: $(field state "$rest")" ;;
	paired)		tell server "compares the codes, they match: paired. No service yet" ;;
	press)		tell browser "asks the person to press OK on the printer" ;;
	pressed)	tell person "presses OK on the printer" ;;
	started)	tell server "hears the printer's instruction: service started" ;;
	job)		tell printer "prints: $(field impressions "$rest") pages" ;;
	levels)		story_levels=$(levels "$rest") ;;
	reported)	tell printer "reports: $story_levels" ;;
	order)		[ "$(field state "$rest")" = delivered ] ||
				tell server "orders $(toner "$rest") for it: $(field state "$rest")" ;;
	delivered)	shop_news
			tell printer "hears that its $(toner "$rest") is on the way: delivered" ;;
	replaced)	tell person "puts in the new $(toner "$rest")" ;;
	ended | gone)	tell server "has ended this registration" ;;
	tallystick-device:) tell printer "$rest" ;;
	esac
}

# Tell what is new in the receiver's log.
shop_news()
{
	local line lines

	[ -n "$receiver_port" ] || return 0
	mapfile -t -s "$shop_lines" lines < "$run/log/receiver.log"
	for line in "${lines[@]}"; do
		tell shop "$line"
	done
	shop_lines=$((shop_lines + ${#lines[@]}))
}

# The same of both logs.
story_news()
{
	local line lines

	mapfile -t -s "$device_lines" lines < "$run/log/device.log"
	for line in "${lines[@]}"; do
		device_tell "$line"
	done
	device_lines=$((device_lines + ${#lines[@]}))
	shop_news
}

# story_until EVENT SECONDS PART: tell until that event, which that part is to
# bring about; 0: however long it takes.
story_until()
{
	local begun=$SECONDS

	while story_news; [[ $seen_events != *" $1 "* ]]; do
		part_runs device || die "the simulated printer has ended:" \
		    "$(log_tell "$run/log/device.log")"
		if [ "$2" -gt 0 ] && ((SECONDS - begun > $2)); then
			die "the printer waited $2 seconds for '$1' in vain;" \
			    "$3 said: $(tail -n 1 "$run/log/$3.log")"
		fi
		sleep 0.1
	done
}

person_browse()
{
	curl -s -m 15 --noproxy '*' -b "$run/tmp/cookies" \
	    -c "$run/tmp/cookies" -o "$run/tmp/page" \
	    -w '%{http_code} %{redirect_url}' "$@"
}

# person_sees URL SCREEN: it must be that one.
person_sees()
{
	local screen

	person_browse "$1" > /dev/null
	screen=$(sed -n 's/.*data-screen="\([^"]*\)".*/\1/p' "$run/tmp/page")
	[ "$screen" = "$2" ] || die "$1 shows the screen '$screen', not '$2'"
	tell browser "shows the screen $screen"
}

# The code goes by standard input: no list of processes may show it.
person_pair()
{
	local answer

	rm -f "$run/tmp/cookies"
	person_sees "$base/pair" enter-code
	tell person "types the code $code and presses Pair"
	answer=$(printf '%s' "$code" |
		person_browse --data-urlencode code@- "$base/pair")
	[ "$answer" = "303 $base/status" ] ||
		die "the code was answered by $answer: see $run/log/pair.log"
	story_until paired 20 pair
	person_sees "$base/status" operate-device
}

# Enter is the printer's OK key; one that came too early does not count.
person_press()
{
	while read -r -t 0.01; do :; done
	say ""
	say "      Press Enter here: it is the OK key of the printer."
	until read -r -t 0.2; do
		story_news
		[[ $seen_events != *" started "* ]] || return
		part_runs device || die "the simulated printer has ended"
	done
}

story_begin()
{
	seen_events=""
	story_levels=""
	code=""
	device_lines=0
	shop_lines=0
	[ -z "$receiver_port" ] ||
		shop_lines=$(wc -l < "$run/log/receiver.log")
	rm -f "$run/device.state" "$run/tmp/ok"
	story_begun=${EPOCHREALTIME/[.,]/}
	say ""
	say "The story:"
	part_start device
	story_until registered 20 register
}

story()
{
	story_begin
	if [ "$auto" = yes ]; then
		person_pair
	else
		say ""
		say "      You are the person. Open   $base/pair"
		say "      and type the code          $code"
		say "      or scan this, and press Pair there:"
		qr_show "$code"
		say ""
		story_until paired 0 pair
	fi
	story_until press 20 connect
	[ "$auto" = yes ] || person_press
	: > "$run/tmp/ok"
	story_until started 20 instruct
	story_until delivered 30 deliver
	[ "$auto" = no ] || person_sees "$base/status" status
	say ""
	say "The orders (tallystick orders):"
	"$run/tallystick" orders || die "the orders cannot be told"
}
