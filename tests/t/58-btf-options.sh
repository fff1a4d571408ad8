#!/usr/bin/env bash
# Options by the members that BTF has: a kernel of one C file, compiled with the options and without them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
tree=$scratch/tree
mkdir -p "$tree/kernel"
cat >"$tree/Kconfig" <<'END'
config NUMA
	bool "a"
config TRACE
	tristate "b"
config DEBUG
	bool "c"
END
echo 'obj-y += kernel/' >"$tree/Makefile"
echo 'obj-y += fork.o' >"$tree/kernel/Makefile"
cat >"$tree/kernel/sched.h" <<'END'
#ifndef SCHED_H
#define SCHED_H
struct task_struct {
	int pid;
#ifdef CONFIG_NUMA
	int numa_scan_seq;
#ifdef CONFIG_DEBUG
	int numa_debug;
#endif
#endif
	union {
#if defined(CONFIG_TRACE) || defined(CONFIG_TRACE_MODULE)
		long trace;
#endif
		long last;
	};
};
#endif
END
printf '#include "sched.h"\nstruct task_struct init_task;\nint fork(void)\n{\n\treturn init_task.pid;\n}\n' >"$tree/kernel/fork.c"
echo 'ffffffff81000000 T fork' >"$scratch/System.map"
echo 'release=6.1' >"$scratch/kernel"
build/bin/definitions "$tree" --out "$scratch/definitions"
if ! gcc -gbtf -c -o /dev/null "$tree/kernel/fork.c" 2>/dev/null; then
	echo "skip: this gcc makes no BTF"
	exit 0
fi

# btf OPTION...: what the compiler says of the structure, in $scratch/btf.
btf() {
	gcc -gbtf "${@/#/-DCONFIG_}" -c -o "$scratch/fork.o" "$tree/kernel/fork.c"
	objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc "$scratch/fork.o" "$scratch/btf"
}
infer() {
	build/bin/infer --tree "$tree" --definitions "$scratch/definitions" --symbols "$scratch/System.map" \
		--kernel "$scratch/kernel" --btf "$scratch/btf" --out "$scratch/evidence" "$@"
}
says() { # NAME=VALUE...
	diff <(printf '%s\n' "$@") <(awk -F'\t' '$1 != "CONFIG_64BIT" { print $1 "=" $2 }' "$scratch/evidence" | sort) ||
		fail "other options"
	echo "ok: $*"
}

btf NUMA DEBUG
infer
says CONFIG_DEBUG=y CONFIG_NUMA=y
grep -q '^CONFIG_NUMA	y	0:0	BTF: task_struct has numa_scan_seq$' "$scratch/evidence" || fail "it does not say why"
btf NUMA
infer
says CONFIG_DEBUG=n CONFIG_NUMA=y
grep -q 'BTF: task_struct has no numa_debug$' "$scratch/evidence" || fail "it does not say why"
btf
infer
says CONFIG_NUMA=n

# What is surer stands, and both are named.
btf NUMA DEBUG
echo '# CONFIG_NUMA is not set' >"$scratch/text"
infer --text "$scratch/text" >"$scratch/report"
says CONFIG_DEBUG=y CONFIG_NUMA=n
grep 'contradiction: CONFIG_NUMA is .* by text, y by BTF: task_struct has numa_scan_seq' "$scratch/report" || fail "no contradiction"

# Damage, and what is none at all.
refuses() { # WORDS
	local status=0
	rm -f "$scratch/evidence"
	infer 2>"$scratch/error" || status=$?
	[ $status -eq 3 ] && grep "$1" "$scratch/error" && [ ! -e "$scratch/evidence" ] || fail "status $status: $(cat "$scratch/error")"
}
truncate -s -1 "$scratch/btf"
refuses 'BTF'
echo 'CONFIG_NUMA=y' >"$scratch/btf"
refuses 'no BTF'
: >"$scratch/btf"
refuses 'no BTF'
