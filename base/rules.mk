# The programs of the stages: every ROOM/NAME_main.c becomes $(O)/bin/NAME, every
# other source file of the rooms that base/rooms gives to the stages goes into one library.

# $(1): stages or walker.
rooms_of = $(shell sed -n 's/^\([a-z][^ ]*\)  *\($(1)\|both\)$$/\1/p' base/rooms)
STAGE_ROOMS := $(call rooms_of,stages)
MAINS := $(sort $(wildcard $(STAGE_ROOMS:=/*_main.c)))
LIB_SRC := $(filter-out $(MAINS),$(sort $(wildcard $(STAGE_ROOMS:=/*.c))))
LIB_OBJ := $(LIB_SRC:%.c=$(O)/obj/%.o)
LIB := $(O)/obj/farwalk.a
bin_of = $(O)/bin/$(patsubst %_main.c,%,$(notdir $(1)))
BINS := $(foreach m,$(MAINS),$(call bin_of,$(m)))

# The formats that need a library (Makefile: MEMORY_WITH).
$(if $(filter kdump,$(MEMORY_WITH)),$(eval $(O)/obj/memory/kdump.o: ALL_CFLAGS += -DMEMORY_WITH_KDUMP))
$(if $(filter snappy,$(MEMORY_WITH)),$(eval $(O)/obj/memory/avml.o: ALL_CFLAGS += -DMEMORY_WITH_SNAPPY))

# Another compiler or other flags rebuild everything.
$(eval $(call text_file,$(O)/obj/flags,$(strip $(CC) $(ALL_CFLAGS) $(ERRORS) $(LDFLAGS) $(LDLIBS))))

$(O)/obj/%.o: %.c $(O)/obj/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ERRORS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

define program
$(call bin_of,$(1)): $(O)/obj/$(1:.c=.o) $(LIB)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(foreach m,$(MAINS),$(eval $(call program,$(m))))

## build: compile the programs of the stages
build: $(LIB) $(BINS)

.PHONY: build
-include $(patsubst %.c,$(O)/obj/%.d,$(LIB_SRC) $(MAINS))
