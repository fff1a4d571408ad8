#!/usr/bin/env bash
# One frozen machine, whose memory lies on both sides of the PCI hole, read from every kind of source: the same bytes.
. "$(dirname "$0")/lib.sh"
memory=build/bin/memory convert=build/tests/image_convert guest=formats dir=build/guests/formats
out=$(mktemp -d "${TMPDIR:-/tmp}/farwalk-formats.XXXXXX")
trap 'rm -rf "$out"; stop_guests' EXIT
guests+=("$guest")
scripts/guest stop "$guest" >/dev/null 2>&1 || true
scripts/guest boot "$guest" --memory "${FORMATS_MEMORY:-3G}"
scripts/guest pause "$guest"

# equal URI: all RAM of it is what the guest's memory is, and all of the guest's RAM is in it.
ram=$($memory info "qemu:$dir/qmp.sock" | sed -n 's/^# \([0-9]*\) KiB of RAM.*/\1/p')
equal() {
	local answer
	answer=$($memory compare "$reference" "$1") || fail "$1: $answer"
	case $answer in
	*" both=$((ram * 1024)) same=$((ram * 1024)) "*) echo "$1: $answer" ;;
	*) fail "$1: $answer" ;;
	esac
}
reference=qemu:$dir/qmp.sock
[ "$ram" -ge $((2816 << 10)) ] || fail "the machine has $ram KiB only"

equal "file:$dir/ram?lowmem=0x80000000"
scripts/guest capture "$guest" "$out/raw"
equal "file:$out/raw?lowmem=0x80000000"
(equal "$out/raw") 2>/dev/null && fail "without the hole it is the same, too"
scripts/guest dump-elf "$guest" "$out/elf"
equal "$out/elf"
scripts/guest dump-kdump "$guest" "$out/kdump"
equal "$out/kdump"
rm "$out/kdump"
# a monitor serves one at a time
reference="file:$dir/ram?lowmem=0x80000000"
equal "qemu:$dir/qmp.sock"
reference=$out/elf
for format in lime avml elf; do
	$convert $format "$out/elf" "$out/converted"
	$memory compare "$out/elf" "$out/converted"
	rm "$out/converted"
done
$memory info "$out/elf" | sed 's/^# vmcoreinfo: //' >"$out/vmcoreinfo"
grep -q '^OSRELEASE=' "$out/vmcoreinfo" || fail "the dump's VMCOREINFO was not found"

if command -v makedumpfile >/dev/null; then
	# QEMU's own ELF header is not what makedumpfile expects
	$convert elf "$out/elf" "$out/core"
	for options in '-c -d 0' '-l -d 0' '-c -d 31' '-E -d 31'; do
		# shellcheck disable=SC2086 # split into words on purpose
		makedumpfile $options "$out/core" "$out/made" >"$out/log" 2>&1 || fail "makedumpfile $options: $(tail -n 1 "$out/log")"
		answer=$($memory compare "$out/elf" "$out/made" 2>/dev/null) || true
		case $options/$answer in
		*'-d 0/'*' different=0 unreadable=0 '*) ;;
		# what was filtered out is there and cannot be read; nothing of the rest is wrong
		*'-d 31/'*' different=0 '*' only_b=0') ;;
		*) fail "makedumpfile $options: $answer" ;;
		esac
		echo "makedumpfile $options: $answer"
		rm "$out/made"
	done
else
	echo "makedumpfile is not there: filtered dumps were not compared"
fi
