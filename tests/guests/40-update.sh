#!/usr/bin/env bash
# A host whose kernel was updated gets a new walker, and no other host does; its old walker refuses the new kernel.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot_and_capture update --cpu qemu64
release=$(scripts/guest ask update version | sed -n 's/^Linux version \([^ ]*\) .*/\1/p')
scripts/guest stop update
make -s TARGET=update MEM=file:build/guests/update/memory.raw
make -s TARGET=update-not MEM=file:build/guests/update/memory.raw
compare_processes update
before=$(stat -c %Y build/targets/update-not/walker)
old=build/guests/update/walker.old
cp build/targets/update/walker "$old"

# The same host comes back with another flavour of its kernel.
boot_and_capture update --cpu qemu64 --package "linux-image-${release%-amd64}-cloud-amd64"
scripts/guest stop update
status=0
"$old" --mem file:build/guests/update/memory.raw ps >build/guests/update/refused 2>&1 || status=$?
[ $status -eq 3 ] || fail "the old walker ended with $status on another kernel: $(tail -n 2 build/guests/update/refused)"
grep -q "cloud-amd64" build/guests/update/refused || fail "the refusal does not name the kernel: $(cat build/guests/update/refused)"
cat build/guests/update/refused
make -s TARGET=update MEM=file:build/guests/update/memory.raw
compare_processes update
compare_time update
compare_kernel update
cmp -s "$old" build/targets/update/walker && fail "the walker is still the old kernel's"
[ "$(stat -c %Y build/targets/update-not/walker)" = "$before" ] || fail "another host's walker was made again"
