#!/usr/bin/env bash
# A machine that panicked is read by the walker that was made while it ran, and gives the same answers.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
name=panic
walker=build/targets/$name/walker

boot_and_capture "$name" --cpu max
make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw"
compare_processes "$name"
compiled=$(stat -c %Y "$walker")

scripts/guest panic "$name"
dir=build/guests/$name
rm -f "$dir/memory.raw"
scripts/guest capture "$name" "$dir/memory.raw"
make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw"
[ "$(stat -c %Y "$walker")" = "$compiled" ] || fail "the panic compiled the walker again"

# The shell that wrote to sysrq-trigger came after the guest's own table; everything else is as it was.
"$walker" ps --json | grep -v '"state":"R".*"comm":"sh"' >"$dir/walker.ps"
"$walker" ps --json | grep -c '"state":"R".*"comm":"sh"' | grep -qx 1 || fail "the one shell that made it panic is not there"
scripts/guest-compare "$dir/walker.ps" "$dir/truth.after" "$dir/truth.after"

# The clock went on until the panic.
before=$(sed -n 's/^current_time_ns=//p' "$dir/now.after")
pid=$(sed -n 's/^pid=//p' "$dir/now.after")
value=$("$walker" read "$pid" current_time_ns --u64)
[ "$value" -ge "$before" ] && [ "$value" -lt $((before + 600000000000)) ] || fail "current_time_ns is $value, before the panic it was $before"
echo "current_time_ns after the panic: $value, $((value - before)) ns after it was last asked for"
