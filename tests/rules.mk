# Tests. `make check` is the everyday run, `make guests` boots real kernels.

UNIT_SRC := $(sort $(wildcard tests/unit/*_test.c))
TESTLIB_SRC := $(sort $(wildcard tests/lib/*.c))
UNIT_BINS := $(UNIT_SRC:tests/unit/%.c=$(O)/tests/%)

$(UNIT_BINS): $(O)/tests/%: $(O)/obj/tests/unit/%.o $(TESTLIB_SRC:%.c=$(O)/obj/%.o) $(LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

## unit: run the unit tests (T=NAME: one of them)
unit: $(if $(T),$(O)/tests/$(T)_test,$(UNIT_BINS))
	$(Q)set -e; for t in $^; do $$t; done

.PHONY: unit
-include $(UNIT_SRC:%.c=$(O)/obj/%.d) $(TESTLIB_SRC:%.c=$(O)/obj/%.d)
