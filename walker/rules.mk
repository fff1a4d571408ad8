# The walker of a kernel: the only program that is compiled per kernel, against
# its offsets.h and symbols.h. It links nothing but libc, statically: it starts
# in half the time and runs on any machine.
#
# Most of its files do not know which kernel it is for: they are compiled once, into
# an archive. Those that include offsets.h or symbols.h, directly or through a header,
# are compiled for each kernel.

WALKER_ROOMS := $(shell sed -n 's/^\([a-z][^ ]*\)  *\(walker\|both\)$$/\1/p' base/rooms)
walker_sources := $(filter-out %_main.c,$(sort $(wildcard $(WALKER_ROOMS:=/*.c))))
walker_headers := $(sort $(wildcard $(WALKER_ROOMS:=/*.h)))
WALKER_PER_KERNEL := $(sort $(shell walker/per-kernel $(walker_sources) $(walker_headers)))
WALKER_COMMON := $(filter-out $(WALKER_PER_KERNEL),$(walker_sources))

# WALKER_WITH="kdump snappy": images in formats that need a library are read by the walker too,
# which then needs that library where it runs.
WALKER_WITH ?=
WALKER_CFLAGS ?= $(if $(WALKER_WITH),,-static) -O2 -g -pthread
walker_formats = $(if $(filter kdump,$(WALKER_WITH)),-DMEMORY_WITH_KDUMP) $(if $(filter snappy,$(WALKER_WITH)),-DMEMORY_WITH_SNAPPY)
walker_libs = $(if $(filter kdump,$(WALKER_WITH)),-lkdumpfile) $(if $(filter snappy,$(WALKER_WITH)),-lsnappy)
walker_cc = $(CC) -std=gnu11 $(CPPFLAGS) $(WALKER_CFLAGS) $(walker_formats) $(WARNINGS) $(ERRORS)
W := $(B)/walker
$(eval $(call text_file,$(W)/flags,$(strip $(CC) $(CPPFLAGS) $(WALKER_CFLAGS) $(walker_formats) $(ERRORS))))

$(W)/%.o: %.c $(W)/flags
	@mkdir -p $(@D)
	$(Q)$(walker_cc) -MMD -MP -c $< -o $@
$(W)/walker.a: $(WALKER_COMMON:%.c=$(W)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
-include $(WALKER_COMMON:%.c=$(W)/%.d)

# $(1) the KEY of a kernel, $(2) its folder, which has kernel and offsets.h
define walker_rules
$(2)/.symbols: $(2)/kernel $(BIN)/symbols
	$(Q)$(BIN)/symbols --kernel $(2)/kernel --header $(2)/symbols.h
	@touch $$@
$(2)/symbols.h: $(2)/.symbols ;

$(2)/walker: $(W)/walker.a $(WALKER_PER_KERNEL) $(walker_headers) $(2)/offsets.h $(2)/symbols.h
	$$(call say,WALKER,$(1))
	$(Q)$(walker_cc) -I$(2) $(WALKER_PER_KERNEL) $(W)/walker.a $(walker_libs) -o $$@.new && mv $$@.new $$@
endef
$(foreach k,$(KEYS),$(eval $(call walker_rules,$(k),$(B)/kernels/$(k))))
