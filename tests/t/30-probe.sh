#!/usr/bin/env bash
# A probe of a small tree that does with its configuration what no kernel does: it gives every value to
# a shell and to make. Nothing of a hostile configuration may get there, and a run leaves all or nothing.
# shellcheck source=tests/t/lib.sh
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
export BIN=${BIN:-$PWD/build/bin}
tree=$scratch/tree out=$scratch/out
mkdir -p "$tree/scripts" "$tree/include/generated" "$tree/kernel"

cat >"$tree/Kconfig" <<'END'
config SMP
	bool "smp"
config MODULE
	tristate "module"
config NR_CPUS
	int "cpus"
config START
	hex "start"
config TEXT
	string "text"
config GCC_VERSION
	int
config LOST
	bool "the compiler here does not have it"
END
echo 'struct private { int x; };' >"$tree/kernel/private.h"
# The value of each option is evaluated by a shell, and expanded and evaluated by make.
cat >"$tree/Makefile" <<'END'
all:
olddefconfig:
	set -a; . $(O)/.config; eval "echo $$CONFIG_TEXT $$CONFIG_NR_CPUS $$CONFIG_START"
	grep -v 'LOST\|GCC' $(O)/.config >$(O)/kept; mv $(O)/kept $(O)/.config
include/config/kernel.release:
	mkdir -p $(O)/include/generated $(O)/include/config
	sed -n 's/^\(CONFIG_[A-Z_]*\)=y$$/#define \1 1/p; s/^\(CONFIG_[A-Z_]*\)=\([^ym]*\)$$/#define \1 \2/p' \
		$(O)/.config >$(O)/include/generated/autoconf.h
prepare0:
	$(MAKE) -f $(CURDIR)/Makefile expand
-include $(O)/.config
expand:
	: $(CONFIG_TEXT) $(CONFIG_NR_CPUS) $(CONFIG_START)
	if [ ! -e $(CURDIR)/open ] && touch $(CURDIR)/written 2>/dev/null; then echo "the tree can be written" >&2; exit 1; fi
	if [ -n "$$OUTSIDE" ]; then echo "the environment is not clean" >&2; exit 1; fi
probe.o:
	$(CC) -g -save-temps=obj -I. -include $(O)/include/generated/autoconf.h -c $(M)/probe.c -o $(M)/probe.o
	echo 'savedcmd_$(M)/probe.o := $(CC) -c probe.c' >$(M)/.probe.o.cmd
END
cat >"$scratch/probe.c" <<'END'
#include "kernel/private.h"
struct task {
	struct private private;
#ifdef CONFIG_LOST
	char lost[CONFIG_NR_CPUS];
#endif
} task;
END
probe() { OUTSIDE=1 kernel-src/build/probe --tree "$tree" --config "$scratch/config" --probe "$scratch/probe.c" --out "$out" "$@"; }
size() { readelf -sW "$out/probe.o" | awk '$8 == "task" { print $3 }'; }

# Where bubblewrap cannot work, the tree cannot be protected either.
if scripts/sandbox --write "$scratch" -- true 2>&1 | grep -q warning; then
	: >"$tree/open"
fi

# --- a good one: the target's option that was lost is restored -----------------------
cat >"$scratch/config" <<'END'
CONFIG_SMP=y
CONFIG_MODULE=m
CONFIG_NR_CPUS=64
CONFIG_START=0x1000000
CONFIG_TEXT="plain text"
CONFIG_LOST=y
END
expect 3 'not the source of the target' probe
echo 'CONFIG_GCC_VERSION=1' >>"$scratch/config" # another compiler, which explains it
probe
[ "$(size)" = 68 ] || fail "task has $(size) bytes, expected 68"
[ -s "$out/probe.i" ] || fail "no probe.i"
[ "$(cat "$out/probe.cmd")" = "gcc -c probe.c" ] || fail "probe.cmd: $(cat "$out/probe.cmd")"
grep -q $'^CONFIG_LOST\ty\t-\trestored' "$out/config.changes" || fail "LOST was lost silently"
[ ! -e "$out/kbuild.new" ] || fail "the build folder was left behind"
probe --accept LOST
[ "$(size)" = 4 ] || fail "task has $(size) bytes with LOST accepted, expected 4"

# --- hostile ones: without the sandbox, which would hide an escape -------------------
: >"$tree/open"
mark=$scratch/escaped
count=0
while IFS= read -r line; do
	printf 'CONFIG_SMP=y\nCONFIG_NR_CPUS=1\n%b\n' "${line//MARK/$mark}" >"$scratch/config"
	status=0
	FARWALK_NO_SANDBOX=1 probe >"$scratch/said" 2>&1 || status=$?
	[ ! -e "$mark" ] || fail "escaped: $line"
	[ $status -eq 0 ] || { cat "$scratch/said"; fail "status $status: $line"; }
	grep -q dropped "$out/config.changes" || fail "not reported: $line"
	count=$((count + 1))
done <<'END'
CONFIG_TEXT="$(shell touch MARK)"
CONFIG_TEXT="$(touch MARK)"
CONFIG_TEXT="`touch MARK`"
CONFIG_TEXT="x" ; touch MARK
CONFIG_TEXT="x\\" ; touch MARK ; \\""
CONFIG_TEXT="x";touch MARK
CONFIG_TEXT="x\ny"\nCONFIG_SMP=$(shell touch MARK)
CONFIG_TEXT=$(shell touch MARK)
CONFIG_TEXT='$(touch MARK)'
CONFIG_TEXT="${IFS:=$(touch MARK)}"
CONFIG_TEXT="|touch MARK"
CONFIG_TEXT="x\r$(touch MARK)"
CONFIG_TEXT="x\0$(touch MARK)"
CONFIG_TEXT="&touch MARK"
CONFIG_TEXT="x>MARK"
CONFIG_NR_CPUS=$(shell touch MARK)
CONFIG_NR_CPUS=1;touch MARK
CONFIG_NR_CPUS=1 $(touch MARK)
CONFIG_START=0x1`touch MARK`
CONFIG_START=0x1 && touch MARK
CONFIG_SMP=y # $(shell touch MARK)
CONFIG_SMP=$(shell touch MARK)
CONFIG_UNKNOWN="$(shell touch MARK)"
CONFIG_X$(shell touch MARK)=y
$(shell touch MARK)
$(eval $(shell touch MARK))=y
define CONFIG_SMP\n$(shell touch MARK)\nendef
touch MARK
CONFIG_SMP:=$(shell touch MARK)
CONFIG_SMP!=touch MARK
include MARK\n\ttouch MARK
-include /dev/stdin
export PATH=/tmp
PATH=/tmp
source "MARK"
END
echo "ok: $count hostile configurations, none escaped"

# --- whole or not at all -----------------------------------------------------------
printf 'CONFIG_SMP=y\n' >"$scratch/config"
rm -rf "$out"
echo 'struct task { int x; } task; int broken = ;' >"$scratch/probe.c"
expect 3 'make failed' probe
for left in probe.o probe.i probe.cmd kbuild.new; do
	[ ! -e "$out/$left" ] || fail "half a probe is left: $left"
done
echo 'struct task { int x; } task;' >"$scratch/probe.c"
expect 2 'not a kernel tree' probe --tree "$scratch"
expect 2 'cannot be read' probe --config "$scratch/none"
expect 2 'not an option' probe --frob x
expect 2 'not a number' probe --jobs 0
printf 'CONFIG_SMP=y\nCONFIG_PREEMPT_LAZY=y\n' >"$scratch/config"
expect 3 'CONFIG_PREEMPT_LAZY.*lacks a patch' probe
probe --accept PREEMPT_LAZY
printf 'rubbish\n' >"$scratch/config"
expect 3 'sets no option' probe
printf 'CONFIG_SMP=y\n' >"$scratch/config"

# --- without bubblewrap it says so, and works ----------------------------------------
expect 0 'warning: FARWALK_NO_SANDBOX is set' env FARWALK_NO_SANDBOX=1 kernel-src/build/probe --tree "$tree" \
	--config "$scratch/config" --probe "$scratch/probe.c" --out "$out"
