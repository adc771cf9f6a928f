#!/bin/sh
# po/: the translations that we ship are whole; a language needs one file and
# one word; po/merge and po/check refuse what is not whole; pseudo-languages.
# Called by make check in the build folder, with srcdir.
set -u

: "${srcdir:=.}"
failures=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect DESCRIPTION COMMAND ...
expect()
{
	description=$1
	shift
	if "$@" > "$folder/said" 2>&1; then
		echo "ok: $description"
	else
		echo "FAILED: $description"
		cat "$folder/said"
		failures=$((failures + 1))
	fi
}

# refused WORD COMMAND ...: it fails, and tells the word.
refused()
{
	word=$1
	shift
	! "$@" > "$folder/refused" 2>&1 && grep -q "$word" "$folder/refused"
}

merge()
{
	"$srcdir/po/merge" "$folder/source" "$folder/build" "$@"
}

check()
{
	merge "$@" && "$srcdir/po/check" "$folder/source" "$folder/build"
}

# A copy of the sources, with one more language, tlh, that is whole.
copy()
{
	rm -rf "$folder/source" "$folder/build"
	mkdir -p "$folder/source/po" "$folder/build/po"
	mkdir -p "$folder/source/www" && cp -R "$srcdir/www/screens" "$folder/source/www/"
	cp -R "$srcdir"/po/* "$folder/source/po/"
	chmod -R u+w "$folder/source"
	printf 'en\ntlh\n' > "$folder/source/po/LINGUAS"
	rm -f "$folder"/source/po/*.po
	"$srcdir/po/pseudo" qps po/tallystick.pot > "$folder/source/po/tlh.po"
}

# broken WORD DESCRIPTION: the copy as it is now is refused.
broken()
{
	expect "$2" refused "$1" check
	copy
}

edit()
{
	sed -i "$@" "$folder/source/po/tlh.po"
}

expect "what we ship is whole" "$srcdir/po/check" "$srcdir" .

copy
expect "a language is one file and one word" check
expect "it has its screens" grep -q '<html lang="tlh" dir="ltr">' \
    "$folder/build/www/tlh/status.html"
expect "it is in every switch" grep -q 'value="tlh" lang="tlh"' \
    "$folder/build/www/en/status.html"
expect "nginx knows it" grep -q 'tlh tlh;' \
    "$folder/build/conf/nginx/languages.conf"
expect "its own is the current one" grep -q 'value="tlh" aria-current="true"' \
    "$folder/build/www/tlh/status.html"

# A string that stands alone in its entry.
line='msgid "Too many tries"'
edit "/^$line/,/^\$/d"
broken "used but not defined" "a string that is missing"
edit "/^$line/{n;s/\".*\"/\"\"/;}"
broken untranslated "a string that is empty"
edit "s/^$line/#, fuzzy\n&/"
broken "needs to be reviewed\|fuzzy" "a string that is fuzzy"
edit "/^$line/,/^\$/s/^m/#~ m/"
broken "used but not defined" "a string that is obsolete"
sed -i 's/Too many tries/Far too many tries/' \
    "$folder/source/www/screens/too-many-tries.html"
broken "used but not defined" "a string that is new in English"
rm "$folder/source/po/tlh.po"
broken tlh "a language without its file"
edit '/^msgstr.*<kbd>/s,</*kbd>,,g'
broken "other elements" "a translation that loses an element"
edit '/^msgstr.*<kbd>/s,</kbd>,,'
broken "tlh.po" "a translation that is no XML"
cp "$folder/source/po/tlh.po" "$folder/source/po/xx.po"
broken "not in po/LINGUAS" "a file without its word"

# One word longer by 40 % at least, from right to left, and never in a tag.
copy
expect "pseudo-languages are made" merge qps qps-Arab
expect "from left to right" grep -q '<html lang="qps" dir="ltr">' \
    "$folder/build/www/qps/status.html"
expect "from right to left" grep -q '<html lang="qps-Arab" dir="rtl">' \
    "$folder/build/www/qps-Arab/status.html"
for name in "$folder"/build/www/en/*.html; do
	text="$folder/build/www/qps/$(basename "$name")"
	expect "$(basename "$name") grows by 40 %" test \
	    "$(sed '1,/<main>/d; s/<[^>]*>//g' "$text" | wc -m)" -ge \
	    "$(sed '1,/<main>/d; s/<[^>]*>//g' "$name" | wc -m | \
		awk '{ print int($1 * 1.4) }')"
done
expect "no element is lost" "$srcdir/po/check" "$folder/source" \
    "$folder/build"
expect "they go when they are not named" merge
expect "they are gone" test ! -e "$folder/build/www/qps"

[ $failures -eq 0 ]
