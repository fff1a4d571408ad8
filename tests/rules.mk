# Tests. `make check` is the everyday run, `make check-all` adds real machines.

UNIT_SRC := $(sort $(wildcard tests/unit/*/*_test.c))
TESTLIB_SRC := $(sort $(wildcard tests/lib/*.c))
UNIT_BINS := $(foreach t,$(UNIT_SRC),$(O)/tests/$(notdir $(t:.c=)))
sanitized := build/sanitize-address-undefined

define unit_program
$(O)/tests/$(notdir $(1:.c=)): $(O)/obj/$(1:.c=.o) $(TESTLIB_SRC:%.c=$(O)/obj/%.o) $(LIB)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) $$^ -lcmocka $$(LDLIBS) -o $$@
endef
$(foreach t,$(UNIT_SRC),$(eval $(call unit_program,$(t))))

# The walker's parts are tested against a layout of their own. All its files are compiled against it, too:
# so both compilers see them without a kernel, and lint sees what they need of each other.
WALKER_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard $(addsuffix /*.c,$(filter walker/%,$(call rooms_of,walker))))))
$(O)/obj/tests/unit/walker/%.o $(WALKER_OBJ): CPPFLAGS += -Itests/unit/walker

# The adapter in software, and a reader that compares every byte.
ADAPTER_BINS := $(O)/tests/adapter $(O)/tests/stress
$(ADAPTER_BINS): $(O)/tests/%: $(O)/obj/tests/adapter/%.o $(TESTLIB_SRC:%.c=$(O)/obj/%.o) $(LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

# What tests call, and people who want a dump in another format.
TOOL_BINS := $(patsubst tests/tools/%.c,$(O)/tests/%,$(wildcard tests/tools/*.c))
$(TOOL_BINS): $(O)/tests/%: $(O)/obj/tests/tools/%.o $(TESTLIB_SRC:%.c=$(O)/obj/%.o) $(LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

tool-build: $(ADAPTER_BINS) $(TOOL_BINS)
# A sanitizer finds nothing in what never runs.
unit-build: $(UNIT_BINS) tool-build $(if $(SANITIZE),,walker-objects)
walker-objects: $(WALKER_OBJ)
# Compiled and not linked: what another compiler is asked for are its warnings.
objects: $(LIB_OBJ) $(WALKER_OBJ) $(MAINS:%.c=$(O)/obj/%.o) $(UNIT_SRC:%.c=$(O)/obj/%.o) $(TESTLIB_SRC:%.c=$(O)/obj/%.o) \
	$(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/fuzz/*_fuzz.c)) $(ADAPTER_BINS:$(O)/tests/%=$(O)/obj/tests/adapter/%.o) $(TOOL_BINS:$(O)/tests/%=$(O)/obj/tests/tools/%.o)

## unit: run the unit tests (T=NAME: one of them)
unit: $(if $(T),$(O)/tests/$(T)_test,$(UNIT_BINS))
	$(Q)set -e; for t in $^; do $$t; done

## lint: the rules of the house that a compiler does not check
lint: $(LIB_OBJ) $(WALKER_OBJ)
	@scripts/lint

# Each test by itself, so that one that fails does not hide the next. Units run with sanitizers every day; as users have
# them, without, where there is time.
tests_unit = $(UNIT_BINS:build/%=$(sanitized)/%)
tests_t = $(sort $(wildcard tests/t/[0-9]*.sh))
# What takes longer than a CI run has, or fetches gigabytes, is run by hand.
tests_long := tests/guests/80-kernels.sh
tests_guests = $(filter-out $(tests_long),$(sort $(wildcard tests/guests/[0-9]*.sh)))
# What has to keep up with a machine that runs is not run beside others.
tests_timed := tests/guests/35-live.sh tests/guests/36-demo-live.sh tests/guests/45-dump.sh tests/guests/80-live.sh
tests_everyday = --jobs $(shell nproc) scripts/lint $(tests_unit) $(tests_fuzz) --jobs 1 $(tests_t)

check-build:
	@scripts/bootstrap build probe guest test
	@$(MAKE) --no-print-directory -j$(shell nproc) WERROR=1 build tool-build walker-objects
	@$(MAKE) --no-print-directory -j$(shell nproc) WERROR=1 SANITIZE=address,undefined unit-build fuzz-build
	@$(MAKE) --no-print-directory -j$(shell nproc) WERROR=1 CC=clang CFLAGS='-O1' O=build/clang objects

## check: the everyday tests: lint, both compilers, sanitizers, units, one guest
check: check-build
	@WERROR=1 tests/run $(tests_everyday)

## guests: real kernels in QEMU, compared with their own /proc (KERNELS="6.12-cloud 7.2-rt" or all: these of the fleet)
ifdef KERNELS
guests: build
	@scripts/bootstrap build probe guest test
	@tests/guests/80-kernels.sh
else
guests: check-build
	@tests/run $(tests_guests)
endif

## guests-long: the fleet of kernels (an hour and more)
guests-long: check-build
	@tests/run $(tests_long)

## check-all: check, the units without sanitizers, and real kernels in QEMU (what CI runs)
check-all: check-build
	@scripts/bootstrap bench
	@$(MAKE) --no-print-directory -j$(shell nproc) WERROR=1 unit-build
	@WERROR=1 tests/run --jobs $(shell nproc) $(UNIT_BINS) $(tests_everyday) --jobs $(shell nproc) $(filter-out $(tests_timed),$(tests_guests)) --jobs 1 $(filter $(tests_timed),$(tests_guests))


.PHONY: unit unit-build tool-build walker-objects objects lint check check-build check-all guests guests-long

## bench: measure against crash, drgn and strings, in one run
bench: build
	@scripts/bootstrap build probe guest bench
	@tests/bench/run

## bench-readme: the table of the last bench, and the KEY of its kernel, into README.md
bench-readme:
	@tests/bench/readme
.PHONY: bench bench-readme
-include $(UNIT_SRC:%.c=$(O)/obj/%.d) $(TESTLIB_SRC:%.c=$(O)/obj/%.d) $(ADAPTER_BINS:$(O)/tests/%=$(O)/obj/tests/adapter/%.d)
-include $(WALKER_OBJ:.o=.d)
-include $(TOOL_BINS:$(O)/tests/%=$(O)/obj/tests/tools/%.d)

include tests/fuzz/rules.mk
