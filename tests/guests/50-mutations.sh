#!/usr/bin/env bash
# A layout that one wrong option makes is noticed before there is a walker: every option that structures depend on, one
# at a time, without BTF and with it. KERNELS: others of the fleet than this machine's own, such as "7.2-amd64 5.10-amd64".
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# mutate NAME: of a guest that was captured.
mutate() {
	local name=$1 out=build/guests/$1/mutations
	tests/lib/mutate "$name" >"$out" || {
		cat "$out"
		fail "$name: the memory does not notice: $(awk -F'\t' '$3 == "none" && $2 != "size" { printf "%s ", $1 }' "$out")"
	}
	cat "$out"
	[ "$(grep -c '^CONFIG_' "$out")" -ge 30 ] || fail "$name: fewer than 30 options change the layout"
	! awk -F'\t' '$4 == "none"' "$out" | grep . || fail "$name: BTF does not notice these"
}

# refused WHY OPTION...: the configuration in memory says that these are off; there is no walker, and it is said why.
refused() {
	local why=$1 said=build/guests/$name/said mutant=build/targets/$name-mutant option edit=()
	local run=(make -s TARGET="$name-mutant" MEM="file:build/guests/$name/memory.raw" ACCEPT="${*:2}")
	rm -rf "$mutant"
	for option in "${@:2}"; do edit+=(-e "s/^CONFIG_$option=y\$/# CONFIG_$option is not set/"); done
	"${run[@]}" recover
	sed "${edit[@]}" "build/targets/$name/config.text" >"$mutant/config.text"
	rm -f "$mutant/btf"
	! "${run[@]}" 2>"$said" || fail "${*:2}: a walker was made"
	[ ! -e "$mutant/walker" ] || fail "${*:2}: there is a walker"
	[ "$(diff "build/targets/$name/config.text" "$mutant/config.text" | grep -c '^>')" -eq $(($# - 1)) ] ||
		fail "${*:2}: the configuration is not what it was to be"
	grep -m 1 "$why" "$said" || { cat "$said" >&2 && fail "${*:2}: it is not said why"; }
}

if [ -n "${KERNELS:-}" ]; then
	for kernel in $KERNELS; do
		name=mutations-$kernel
		case $kernel in
		5.10-*) suite=bullseye ;;
		6.1-*) suite=bookworm ;;
		6.12-*) suite=trixie ;;
		7.2-*) suite=sid ;;
		*) fail "KERNELS: $kernel: not one of 5.10, 6.1, 6.12, 7.2 with a flavour" ;;
		esac
		package=$(LC_ALL=C scripts/suite "$suite" apt-cache depends "linux-image-${kernel#*-}" 2>/dev/null |
			sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
		[ -n "$package" ] || fail "$kernel: $suite offers none"
		boot_and_capture "$name" --cpu max --timeout 300 --package "$package" --suite "$suite"
		scripts/guest stop "$name"
		make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw" offsets
		mutate "$name"
	done
	exit
fi

name=mutations
boot_and_capture "$name" --cpu max
scripts/guest stop "$name"
make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw"
mutate "$name"

# The pipeline itself: the configuration in memory says otherwise. Where that leaves options that cannot be so, Kconfig
# notices; where it does not, the memory does.
refused 'come out otherwise' SECURITY
refused 'come out otherwise' SYSVIPC
refused 'this layout is not that of the kernel in memory' SYSVIPC SYSVIPC_COMPAT SYSVIPC_SYSCTL
refused 'this layout is not that of the kernel in memory' NUMA_BALANCING NUMA_BALANCING_DEFAULT_ENABLED
refused 'this layout is not that of the kernel in memory' TASK_XACCT TASK_IO_ACCOUNTING
