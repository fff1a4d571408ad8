#!/usr/bin/env bash
# What is no memory of a Linux machine is refused with the reason, and leaves nothing behind that looks like a result.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
recover=build/bin/recover
out=$scratch/out
nothing_left() {
	local left
	left=$(find "$out" -type f ! -name "*.log" 2>/dev/null || true)
	[ -z "$left" ] || fail "left behind: $left"
}

expect 2 'expected|usage' $recover
expect 2 'expected|usage' $recover "file:$scratch/x"
expect 4 'No such file' $recover --out "$out" "file:$scratch/none.raw"
expect 3 'directory' $recover --out "$out" "file:$scratch"
: >"$scratch/empty.raw"
expect 3 'empty' $recover --out "$out" "file:$scratch/empty.raw"
nothing_left
expect 2 'scheme|kind|knows' $recover --out "$out" "gopher:there"
truncate -s 16M "$scratch/zero.raw"
expect 1 'no kernel|no Linux' $recover --out "$out" "file:$scratch/zero.raw"
nothing_left
head -c 16M /dev/urandom >"$scratch/random.raw"
expect 1 'no kernel|no Linux' $recover --out "$out" "file:$scratch/random.raw"
nothing_left
# A banner alone is no kernel.
{ printf 'Linux version 6.1.0-56-amd64 (someone@somewhere) (gcc) #1 SMP\n'; head -c 8M /dev/zero; } >"$scratch/banner.raw"
truncate -s 16M "$scratch/banner.raw"
expect 1 'no kernel|no Linux' $recover --out "$out" "file:$scratch/banner.raw"
nothing_left
