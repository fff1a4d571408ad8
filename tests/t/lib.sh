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

# shellcheck source=../lib/shared.sh
. tests/lib/shared.sh

# Where in FILE the text stands, in bytes, a line each.
offsets_of() {
	build/tests/find_text "$1" "$2"
}

# patch FILE OFFSET TEXT: puts TEXT there, the file's size stays.
patch() {
	printf '%s' "$3" | dd of="$1" bs=4096 seek="$2" oflag=seek_bytes conv=notrunc status=none
}
