#!/usr/bin/env bash
# Every symbol of the kernel and of its modules that recover finds in memory, with its type and address, is one the guest lists in its
# own /proc/kallsyms, and the other way round. PACKAGES: of these kernels instead of the guest that tests share.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Those of modules. The kernel has the type of exported ones in upper case, which is not in the module; [bpf] and [__builtin__...] are
# no modules.
compare_modules() { # FOLDER TRUTH
	local fields='{ print $1, tolower($2), $3, $4 }'
	diff <(grep '\[' "$2" | grep -vE '\[(bpf|__builtin__.*)\]$' | awk "$fields" | sort) <(awk "$fields" "$1/modules.map" | sort) ||
		fail "$1: modules.map is not what the guest's /proc/kallsyms says of modules"
	[ -s "$1/modules.map" ] || fail "the guest has no modules"
	echo "$(wc -l <"$1/modules.map") symbols of $(awk '{ print $4 }' "$1/modules.map" | sort -u | wc -l) modules, all equal"
}

make -s build
if [ -z "${PACKAGES:-}" ]; then
	shared_memory
	build/bin/recover --out build/guests/check/recovered "file:$memory"
	compare_symbols build/guests/check/recovered build/guests/check/kallsyms
	compare_modules build/guests/check/recovered build/guests/check/kallsyms
fi
for package in ${PACKAGES:-}; do
	name=symbols-$package
	dir=build/guests/$name
	boot_and_capture "$name" --cpu max --package "$package"
	scripts/guest ask "$name" kallsyms >"$dir/kallsyms.truth"
	scripts/guest stop "$name"
	build/bin/recover --out "$dir/recovered" "file:$dir/memory.raw"
	compare_symbols "$dir/recovered" "$dir/kallsyms.truth"
	compare_modules "$dir/recovered" "$dir/kallsyms.truth"
done
