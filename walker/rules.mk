# The walker of a kernel: the only program that is compiled per kernel, against
# its offsets.h and symbols.h. It links nothing but libc, statically: it starts
# in half the time and runs on any machine.

WALKER_SRC := $(filter-out %_main.c,$(sort $(wildcard walker/*.c base/*.c memory/*.c))) $(sort $(wildcard recover/kernel_map*.c))
WALKER_CFLAGS ?= -static -O2 -g -pthread

# $(1) the KEY of a kernel, $(2) its folder, which has kernel and offsets.h
define walker_rules
$(2)/.symbols: $(2)/kernel $(BIN)/symbols
	$(Q)$(BIN)/symbols --kernel $(2)/kernel --header $(2)/symbols.h
	@touch $$@
$(2)/symbols.h: $(2)/.symbols ;

$(2)/walker: $(WALKER_SRC) $(wildcard walker/*.h base/*.h memory/*.h recover/kernel_map*.h) $(2)/offsets.h $(2)/symbols.h
	$$(call say,WALKER,$(1))
	$(Q)$(CC) -std=gnu11 $(CPPFLAGS) -I$(2) $(WALKER_CFLAGS) $(WARNINGS) $(WALKER_SRC) -o $$@.new && mv $$@.new $$@
endef
$(foreach k,$(KEYS),$(eval $(call walker_rules,$(k),$(B)/kernels/$(k))))
