# What the tests of stages share. Sourced; the caller's folder is the top of the tree.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d "${TMPDIR:-/tmp}/farwalk-t.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# expect STATUS WORDS COMMAND...: the command ends with this status and says these words (an extended regular expression).
expect() {
	local status=$1 words=$2 got=0
	shift 2
	"$@" >"$scratch/said" 2>&1 </dev/null || got=$?
	if [ "$got" -ne "$status" ]; then
		cat "$scratch/said" >&2
		fail "$*: ended with $got, expected $status"
	fi
	grep -qE -- "$words" "$scratch/said" || {
		cat "$scratch/said" >&2
		fail "$*: does not say '$words'"
	}
	echo "ok: $* -> $got, $(grep -E -m 1 -- "$words" "$scratch/said")"
}

# The memory of a guest that the everyday tests share; booted once, kept under build/.
shared_memory() {
	local dir=build/guests/check
	memory=$dir/memory.raw
	if [ ! -s "$dir/captured" ]; then
		scripts/guest stop check >/dev/null 2>&1 || true
		scripts/guest boot check --cpu max >&2
		scripts/guest truth check >"$dir/truth.before"
		scripts/guest ask check now >"$dir/now.before"
		scripts/guest ask check config >"$dir/config"
		rm -f "$memory"
		scripts/guest capture check "$memory" >&2
		scripts/guest truth check >"$dir/truth.after"
		scripts/guest ask check now >"$dir/now.after"
		scripts/guest stop check >&2
		date >"$dir/captured"
	fi
}

# Where in FILE the text stands, in bytes, a line each.
offsets_of() {
	LC_ALL=C grep -abo -F -- "$2" "$1" | cut -d: -f1
}

# patch FILE OFFSET TEXT: puts TEXT there, the file's size stays.
patch() {
	printf '%s' "$3" | dd of="$1" bs=4096 seek="$2" oflag=seek_bytes conv=notrunc status=none
}
