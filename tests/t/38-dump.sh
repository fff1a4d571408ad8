#!/usr/bin/env bash
# All RAM into a file: every format holds the same bytes, an interrupted dump goes on, and what cannot be read is named.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"' EXIT
shared_memory
dump=build/bin/dump compare='build/bin/memory compare'
size=$(stat -c %s "$memory")

for format in elf lime raw; do
	$dump --format $format --out "$scratch/dump" "file:$memory" 2>"$scratch/said"
	$compare "file:$memory" "file:$scratch/dump" | grep -q "both=$size same=$size different=0 unreadable=0 only_a=0 only_b=0" ||
		fail "$format: is not what the memory is"
	[ "$(du -k "$scratch/dump" | cut -f 1)" -lt $((size / 2048)) ] || fail "$format: zeros are on the disk"
	echo "ok: $format: $(sed 's/^.*dump: //' "$scratch/said")"
	rm "$scratch/dump"
done

# Over an adapter; a small part of it, so the map is given. No kernel is in it, which is said.
printf '0x0-0xa0000\n0x100000-0x2000000\n' >"$scratch/ram"
part=$((0xa0000 + 0x1f00000))
adapter_start "$memory" "$(printf 0x%x "$size")" "$scratch/ram" --delay-us 200
uri="$adapter_uri&ram_map=$scratch/ram&tags=4"
$dump --out "$scratch/dump" "$uri" 2>"$scratch/said" &
pid=$!
for _ in $(seq 200); do
	[ ! -e "$scratch/dump.state" ] || break
	sleep 0.05
done
sleep 0.5
kill -INT $pid
status=0
wait $pid || status=$?
[ $status -eq 130 ] || fail "interrupted, it ended with $status: $(cat "$scratch/said")"
grep -q 'interrupted; .* the same command goes on from there' "$scratch/said" || fail "$(cat "$scratch/said")"
[ ! -e "$scratch/dump" ] || fail "half a dump is there under its name"
$dump --out "$scratch/dump" "$uri" 2>"$scratch/said"
grep -q 'of it by an earlier run' "$scratch/said" || fail "nothing was gone on with: $(cat "$scratch/said")"
adapter_stop
$compare "file:$memory" "file:$scratch/dump" | tee "$scratch/compared" | grep -q "both=$part same=$part different=0 unreadable=0 only_a=[0-9]* only_b=0" ||
	fail "$(cat "$scratch/compared"): resumed, it is not what the memory is"
echo "ok: $(sed -n 's/^.*dump: //p' "$scratch/said" | tail -n 1)"

# What cannot be read is absent from every format, listed, and status 3.
for format in elf lime raw; do
	adapter_start "$memory" "$(printf 0x%x "$size")" "$scratch/ram" --ur 0x200000-0x203000 --ca 0x1fff000-0x2000000
	expect 3 '16 KiB of RAM could not be read' $dump --format $format --out "$scratch/part" "$adapter_uri&ram_map=$scratch/ram"
	adapter_stop
	printf '# unsupported request\n0x200000-0x203000\n# completer abort\n0x1fff000-0x2000000\n' | cmp - "$scratch/part.absent"
	$compare "file:$memory" "file:$scratch/part" |
		grep -q "both=$((part - 16384)) same=$((part - 16384)) different=0 unreadable=0 only_a=[0-9]* only_b=0" ||
		fail "$format: holds what could not be read"
	rm "$scratch"/part*
done

# Nothing of it is thrown away when it is of another machine, only begun anew.
expect 2 'is elf, lime or raw' $dump --format zip --out "$scratch/none" "file:$memory"
expect 2 'expected --out FILE' $dump "file:$memory"
expect 4 'No such file' $dump --out "$scratch/none/dump" "file:$memory"
