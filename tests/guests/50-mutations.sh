#!/usr/bin/env bash
# A layout that is not the target's is noticed before there is a walker: every option that structures depend on changed by
# itself, without BTF and with it; every member of every structure moved; and the same verdict, from few reads, of a machine
# behind an adapter. Makes the table in docs/layouts.md.
# KERNELS: others than this machine's own, such as "7.2-amd64 5.10-amd64".
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/farwalk-mutations.XXXXXX")
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"; stop_guests' EXIT
table=docs/layouts.md
make -s build build/tests/fit_shift build/tests/adapter

# mutate NAME: of a guest that was captured. Sets options: of the table.
mutate() {
	local name=$1 out=build/guests/$1/mutations
	tests/lib/mutate "$name" >"$out" || {
		cat "$out"
		fail "$name: the memory does not notice: $(awk -F'\t' '$3 == "none" && $2 != "size" { printf "%s ", $1 }' "$out")"
	}
	cat "$out"
	[ "$(grep -c '^CONFIG_' "$out")" -ge 30 ] || fail "$name: fewer than 30 options change the layout"
	! awk -F'\t' '$4 == "none"' "$out" | grep . || fail "$name: BTF does not notice these"
	options=$(sed -nE 's/^([0-9]+) options change the layout: the memory notices ([0-9]+), BTF ([a-z0-9]+); 0 by nothing but [^;]*; ([0-9]+) more .* notices ([0-9]+); ([0-9]+) change nothing, ([0-9]+) do.*/\1 | \2 | \3 | \5 of \4 | \6 | \7/p' "$out")
}

# move_members NAME: sets moved: of the table.
move_members() {
	local name=$1 out=build/guests/$1/shifts key
	key=$(sed -n 's/^KEY_.* := //p' "build/targets/$name/plan.mk")
	build/tests/fit_shift offsets/fields.def "build/kernels/$key/probe.o" "build/targets/$name" >"$out"
	tail -n 1 "$out"
	! grep -P '^(task_struct|cred|pid|dentry|super_block|nsproxy)\..*\tfrom here' "$out" || fail "$name: these are not noticed"
	moved=$(sed -nE 's/^([0-9]+) layouts with members moved: the memory notices ([0-9]+),.*/\2 of \1/p' "$out")
}

# read_live NAME: as a machine behind an adapter. Sets read: of the table.
read_live() {
	local name=$1 target=$scratch/target key
	key=$(sed -n 's/^KEY_.* := //p' "build/targets/$name/plan.mk")
	rm -rf "$target"
	cp -r "build/targets/$name" "$target"
	grep -v '^#' "$target/ram_map" >"$scratch/ram"
	adapter_start "build/guests/$name/memory.raw" 0x80000000 "$scratch/ram"
	sed -i "s|^memory=.*|memory=\"${adapter_uri/&/\\&}\"|" "$target/boot"
	build/bin/offsets fit --fields offsets/fields.def --probe "build/kernels/$key/probe.o" --target "$target" --report "$scratch/fit"
	adapter_stop
	diff <(grep -v '^#' "build/targets/$name/fit.txt") <(grep -v '^#' "$scratch/fit") || fail "$name: another verdict behind an adapter"
	tail -n 1 "$scratch/fit"
	read=$(sed -nE 's/^# ([0-9]+) tasks; read: ([0-9]+) vectors of ([0-9]+) elements, ([0-9]+) bytes/\1 | \2 | \3 | \4/p' "$scratch/fit")
	awk -F' [|] ' '{ exit !($2 < 100 && $3 < 3000) }' <<<"$read" || fail "$name: so many reads: $read"
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

# one NAME: of a guest that was captured and whose offsets were made: its line of the table.
one() {
	local options moved read release since=$SECONDS
	mutate "$1"
	move_members "$1"
	read_live "$1"
	release=$(sed -n 's/^release=\([^ ]*\).*/\1/p' "build/targets/$1/kernel")
	write_table "| $release | $options | $moved | $read |"
	echo "$1: $((SECONDS - since)) s"
}

write_table() { # LINE
	local old
	old=$(sed -n '/^| [0-9]/p' $table 2>/dev/null) || true
	{
		cat <<'END'
# Layouts

Made by tests/guests/50-mutations.sh: is a layout that is not the target's noticed (`offsets fit`) before there is a walker? Each kernel
ran in QEMU; its RAM was copied while it ran, and its configuration, which is known to be right, changed an option at a time: every
option that the structures of fields.def depend on (`offsets relevant`), with those beside it without which it does not compile.

- options: so many change an offset, a length, a constant, or what there is; memory: so many of them the live data alone contradicts, each
  with an invariant that no process can bring about;
  BTF: with the target's BTF; sizes: noticed, of those options that change nothing but the size of a structure, which nobody uses
- same: change nothing here; broken: do not compile, so that there would be no walker either
- moved: not by an option but by hand: from each member on, all members of its structure by 8, -8 and 64 bytes, and each small member
  alone by 4 and -4; so many layouts the memory contradicts. What it takes for its own are members that lie among others of their kind
  (ids in struct cred), among zeros, or in structures that no option changes (trees, names)
- tasks, vectors, elements, bytes: what `offsets fit` reads of the same machine behind a NetTLP adapter (in software): tasks it looks at,
  round trips, elements in them, bytes; the verdict is the same, invariant by invariant

| kernel | options | memory | BTF | sizes | same | broken | moved | tasks | vectors | elements | bytes |
|---|---|---|---|---|---|---|---|---|---|---|---|
END
		printf '%s\n' "$old" "$1" | awk -F ' *[|] *' '$2 != "" { line[$2] = $0 } END { for (name in line) print line[name] }' | sort -V
	} >build/layouts.md
	cp build/layouts.md $table
	echo "$1"
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
		one "$name"
	done
	exit
fi

name=mutations
boot_and_capture "$name" --cpu max
scripts/guest stop "$name"
make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw"
one "$name"

# The pipeline itself: the configuration in memory says otherwise. Where that leaves options that cannot be so, Kconfig
# notices; where it does not, the memory does.
refused 'come out otherwise' SYSVIPC
refused 'this layout is not that of the kernel in memory' SYSVIPC SYSVIPC_COMPAT SYSVIPC_SYSCTL
refused 'this layout is not that of the kernel in memory' TASK_XACCT TASK_IO_ACCOUNTING
