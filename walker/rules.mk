# The walker of a kernel: the only program that is compiled per kernel, against
# its offsets.h and symbols.h. It links nothing but libc, statically: it starts
# in half the time and runs on any machine.

WALKER_SRC := $(filter-out %_main.c,$(sort $(wildcard walker/*.c base/*.c memory/*.c))) $(sort $(wildcard recover/kernel_map*.c))
# WALKER_WITH="kdump snappy": images in formats that need a library are read by the walker too,
# which then needs that library where it runs.
WALKER_WITH ?=
WALKER_CFLAGS ?= $(if $(WALKER_WITH),,-static) -O2 -g -pthread
walker_formats = $(if $(filter kdump,$(WALKER_WITH)),-DMEMORY_WITH_KDUMP) $(if $(filter snappy,$(WALKER_WITH)),-DMEMORY_WITH_SNAPPY)
walker_libs = $(if $(filter kdump,$(WALKER_WITH)),-lkdumpfile) $(if $(filter snappy,$(WALKER_WITH)),-lsnappy)
$(eval $(call text_file,$(B)/kernels/.walker-flags,$(strip $(CC) $(WALKER_CFLAGS) $(walker_formats))))

# $(1) the KEY of a kernel, $(2) its folder, which has kernel and offsets.h
define walker_rules
$(2)/.symbols: $(2)/kernel $(BIN)/symbols
	$(Q)$(BIN)/symbols --kernel $(2)/kernel --header $(2)/symbols.h
	@touch $$@
$(2)/symbols.h: $(2)/.symbols ;

$(2)/walker: $(B)/kernels/.walker-flags $(WALKER_SRC) $(wildcard walker/*.h base/*.h memory/*.h recover/kernel_map*.h) $(2)/offsets.h $(2)/symbols.h
	$$(call say,WALKER,$(1))
	$(Q)$(CC) -std=gnu11 $(CPPFLAGS) -I$(2) $(WALKER_CFLAGS) $(walker_formats) $(WARNINGS) $(WALKER_SRC) $(walker_libs) -o $$@.new && mv $$@.new $$@
endef
$(foreach k,$(KEYS),$(eval $(call walker_rules,$(k),$(B)/kernels/$(k))))
