#!/usr/bin/env bash
# A guest that has read its /boot/config: every line of it comes out of its memory. With pages of it taken away, exactly the
# options that these pages touch are named as missing, computed from the file and the page numbers alone.
# MEMORY and CONFIG: a capture and its config, instead of the guest that tests share.
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"; stop_guests' EXIT

# page_at CONFIG PAGE MEMORY: offsets of the memory's pages that hold this page of the file, found by one line of it.
page_at() {
	local line at
	read -r at line < <(LC_ALL=C awk -v page="$2" '
		{ start = at; at += length($0) + 1 }
		/CONFIG_/ && start >= page * 4096 && at <= (page + 1) * 4096 { print start, $0; exit }' "$1")
	build/tests/find_text "$3" $'\n'"$line"$'\n' | while read -r found; do
		[ $(((found + 1 - at) % 4096)) -ne 0 ] || echo $(((found + 1) / 4096))
	done
}

# Options with a byte in these pages. The newline before a line counts: it alone shows where the line begins.
touched() {
	local config=$1
	shift
	LC_ALL=C awk -v pages="$*" '
		BEGIN { n = split(pages, list, " "); for (i = 1; i <= n; i++) gone[list[i]] = 1 }
		{ start = at; at += length($0) + 1
		  if (!match($0, /CONFIG_[A-Za-z0-9_]+/)) next
		  name = substr($0, RSTART, RLENGTH)
		  if (int((start ? start - 1 : 0) / 4096) in gone || int(start / 4096) in gone || int((at - 1) / 4096) in gone)
			print name }' "$config" | sort
}

# withhold CONFIG MEMORY PAGE...
withhold() {
	local config=$1 memory=$2 page found
	shift 2
	cp --sparse=always "$memory" "$work/memory.raw"
	for page in "$@"; do
		found=$(page_at "$config" "$page" "$memory")
		[ -n "$found" ] || fail "page $page of the config is not in memory"
		for at in $found; do
			dd if=/dev/zero of="$work/memory.raw" bs=4096 count=1 seek="$at" conv=notrunc status=none
		done
	done
	build/bin/recover --out "$work/out" "file:$work/memory.raw"
	build/bin/config --kernel "$work/out/kernel" --text "$work/out/config.text" --package "$config" \
		--out "$work/config" --origin "$work/origin" --report "$work/report"
	awk -F '\t' '$3 == "package" { print $1 }' "$work/origin" | sort >"$work/missing"
	touched "$config" "$@" | diff - "$work/missing" || fail "pages $*: other options are missing"
	sed -n 's/^\t\(CONFIG_[A-Za-z0-9_]*\)=.*/\1/p' "$work/report" | sort | diff - "$work/missing" ||
		fail "pages $*: the report names other options"
	grep CONFIG_ "$config" | diff - <(grep CONFIG_ "$work/config") || fail "pages $*: another config"
	echo "pages $* withheld: $(wc -l <"$work/missing") options named, $(grep -c "	text	" "$work/origin") recovered"
}

memory=${MEMORY:-}
config=${CONFIG:-}
if [ -z "$memory" ]; then
	shared_memory
	config=build/guests/check/config
fi
build/bin/recover --out "$work/whole" "file:$memory"
sed 1d "$work/whole/config.text" | cmp - "$config"
echo "$(wc -l <"$config") lines, all recovered"
last=$((($(wc -c <"$config") - 1) / 4096))
withhold "$config" "$memory" 5
withhold "$config" "$memory" 0 7 8
withhold "$config" "$memory" 2 $((last / 2)) "$last"
