# Fuzzing. tests/fuzz/NOUN_fuzz.c has LLVMFuzzerTestOneInput(); its seeds are in
# tests/fuzz/corpus/NOUN/, and so is, once it is repaired, every input that broke it:
# `make check` replays them all.

FUZZ_SRC := $(sort $(wildcard tests/fuzz/*_fuzz.c))
FUZZ_NAMES := $(FUZZ_SRC:tests/fuzz/%_fuzz.c=%)
FUZZ_REPLAYS := $(FUZZ_NAMES:%=$(O)/fuzz/%-replay)
fuzz_libs := $(TESTLIB_SRC:%.c=$(O)/obj/%.o) $(LIB)

$(FUZZ_REPLAYS): $(O)/fuzz/%-replay: $(O)/obj/tests/fuzz/%_fuzz.o $(O)/obj/tests/fuzz/replay.o $(fuzz_libs)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

fuzz-build: $(FUZZ_REPLAYS)

# Each target over its corpus, as words for tests/run.
tests_fuzz = $(foreach n,$(FUZZ_NAMES),'$(sanitized)/fuzz/$(n)-replay tests/fuzz/corpus/$(n)')

# The same targets with libFuzzer, which clang has.
FUZZ_O := build/fuzz
FUZZ_FLAGS := -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_MAKE = $(MAKE) --no-print-directory O=$(FUZZ_O) CC=clang CFLAGS='-O1 -g' \
	SANITIZE_FLAGS='-fsanitize=fuzzer-no-link,address,undefined $(FUZZ_FLAGS)'
SECONDS ?= 30

$(FUZZ_NAMES:%=$(O)/fuzz/%): $(O)/fuzz/%: $(O)/obj/tests/fuzz/%_fuzz.o $(fuzz_libs)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

## fuzz: fuzz all parsers, or T=NAME one of them, for SECONDS=30 each
fuzz: $(if $(T),fuzz-$(T),$(FUZZ_NAMES:%=fuzz-%))

# New inputs go to build/fuzz/NAME-found/, one that breaks it to build/fuzz/NAME-crash-*.
$(FUZZ_NAMES:%=fuzz-%): fuzz-%:
	@$(FUZZ_MAKE) $(FUZZ_O)/fuzz/$*
	@mkdir -p $(FUZZ_O)/$*-found
	$(Q)$(FUZZ_O)/fuzz/$* -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=$(FUZZ_O)/$*- -print_final_stats=1 $(FUZZ_O)/$*-found \
		tests/fuzz/corpus/$* >$(FUZZ_O)/$*.log 2>&1 || { tail -n 60 $(FUZZ_O)/$*.log; exit 1; }
	@sed -n 's/^stat::number_of_executed_units: */fuzz-$*: inputs tried: /p' $(FUZZ_O)/$*.log

# Writes the seeds anew; tests/fuzz/seeds.c says what is in them.
fuzz-seeds: $(O)/fuzz/seeds
	$(Q)$< tests/fuzz/corpus
$(O)/fuzz/seeds: $(O)/obj/tests/fuzz/seeds.o $(fuzz_libs)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

.PHONY: fuzz fuzz-build fuzz-seeds $(FUZZ_NAMES:%=fuzz-%)
-include $(FUZZ_SRC:%.c=$(O)/obj/%.d) $(O)/obj/tests/fuzz/replay.d $(O)/obj/tests/fuzz/seeds.d
