# The pipeline of a target: recover -> config -> source -> probe -> offsets -> walker.
#
# A stage that looks at the target leaves a stamp, which says when it ran. Its
# outputs keep their time unless their content changed. So a host that rebooted
# runs `recover` again and nothing after it. plan.mk sums up what `recover` and
# `config` found: the KEY of kernel and configuration, and the source package.
# make includes it, and from then on sees the kernels themselves.

# Where things are. An installed farwalk works in the folder it is called from.
B ?= build
BIN ?= $(O)/bin
HOSTS ?= targets
CACHE := $(or $(FARWALK_CACHE),cache)
export FARWALK_CACHE := $(CACHE)
# Packages that nobody signed and the operator vouches for: "SHA256  FILE" a line.
PINS ?= $(HOSTS)/pins
export PINS
TARGETS ?= $(TARGET)
stage_goals := recover config source probe offsets walker dump
goals := $(or $(MAKECMDGOALS),all)

all: $(if $(TARGETS),walker,help)

## recover: find out which kernel runs in the target's memory
## config: put its configuration together, with the origin of each option
## source: fetch and unpack that kernel's source package
## probe: compile one object of it, with DWARF
## offsets: generate offsets.h from the object
## walker: compile the walker (what `make TARGET=host1` does)
## dump: copy all of the target's RAM into build/targets/HOST/memory.elf, for other tools (DUMP=full: and recover from it)

ifneq ($(filter all $(stage_goals),$(goals)),)
ifneq ($(strip $(TARGETS)),)

# --- what the operator said ---------------------------------------------------
# targets/HOST.mk may set these. The command line overrides it.
target_variables := MEM DUMP SOURCE CONFIG PACKAGES ACCEPT

# An installed farwalk runs in its own folder, but the operator's paths start where it was called.
path_variables := $(if $(HERE),MEM SOURCE CONFIG PACKAGES)
from_here = $(if $(and $(filter $(1),$(path_variables)),$(2)),$(call absolute,$(2)),$(2))
absolute = $(if $(filter file:/% /% qemu:% nettlp:% tcp:% replay:% record:% infer,$(1)),$(1),$(if $(filter file:%,$(1)),file:)$(HERE)/$(patsubst file:%,%,$(1)))

define read_target
$(if $(shell printf %s '$(1)' | tr -d 'A-Za-z0-9_.-'),$(error TARGET=$(1): a target's name is made of letters, digits, '_', '.' and '-'))
$(foreach v,$(target_variables),$(if $(filter command,$(origin $(v))),,$(eval $(v) :=)))
$(eval -include $(HOSTS)/$(1).mk)
$(foreach v,$(target_variables),$(eval $(v)_$(1) := $(call from_here,$(v),$(strip $($(v))))))
$(if $(MEM_$(1)),,$(error $(if $(wildcard $(HOSTS)/$(1).mk),$(HOSTS)/$(1).mk does not say where the memory is,there is no $(HOSTS)/$(1).mk): write a line such as MEM := file:/dumps/$(1).raw there, or give MEM=... on the command line))
$(if $(filter-out full,$(DUMP_$(1))),$(error DUMP=$(DUMP_$(1)): there is only DUMP=full))
$(if $(word 2,$(MEM_$(1))),$(error MEM=$(MEM_$(1)): white space is not allowed in it))
endef
$(foreach t,$(TARGETS),$(eval $(call read_target,$(t))))
ifneq ($(word 2,$(TARGETS)),)
ifeq ($(origin MEM),command line)
$(error MEM= names one memory, TARGETS names $(words $(TARGETS)) hosts: say where each one's memory is in $(HOSTS)/HOST.mk)
endif
endif

# The file that a file: URI names. When it is newer, the host is read again.
memory_file = $(firstword $(subst ?, ,$(patsubst file:%,%,$(filter-out qemu:% nettlp:% tcp:% replay:% record:%,$(1)))))

# --- rules of one target --------------------------------------------------------
# $(1) its name, $(2) its folder
define target_rules
$(call text_file,$(2)/.asked,$(foreach v,$(target_variables),$(v)=$($(v)_$(1)))$(SOURCE_NEAREST:%=,nearest=%))

$(call text_file,$(2)/.memory,$(MEM_$(1)))

$(2)/.recover: $(wildcard $(call memory_file,$(MEM_$(1)))) $(2)/.asked $(BIN)/recover $(if $(DUMP_$(1)),$(2)/memory.elf)
	$$(call say,RECOVER,$(1))
	$$(Q)$(BIN)/recover --progress '$(1)' --out $(2) '$(if $(DUMP_$(1)),file:$(2)/memory.elf,$(MEM_$(1)))'
	@touch $$@
# dump says which pages it could not read (status 3). The others are worth keeping.
$(2)/memory.elf: $(wildcard $(call memory_file,$(MEM_$(1)))) $(2)/.memory | $(BIN)/dump
	$$(call say,DUMP,$(1))
	$$(Q)$(BIN)/dump --progress '$(1)' --out $$@ '$(MEM_$(1))' || [ $$$$? -eq 3 -a -e $$@ ]
dump-$(1): $(2)/memory.elf
$(2)/kernel $(2)/config.text: $(2)/.recover ;

$(2)/.config: $(2)/kernel $(2)/config.text $(2)/.asked scripts/config kernel-src/infer/infer $(BIN)/config $(BIN)/resolve | $(addprefix $(BIN)/,facts dsc unpack infer definitions offsets kconfig_filter config_changes)
	$$(call say,CONFIG,$(1))
	$$(Q)PACKAGES='$(PACKAGES_$(1))' CONFIG='$(CONFIG_$(1))' SOURCE='$(SOURCE_$(1))' ACCEPT='$(ACCEPT_$(1))' scripts/config $(BIN) $(2)
	@touch $$@
$(2)/config $(2)/source: $(2)/.config ;

$(2)/.plan: $(2)/kernel $(2)/config $(2)/source $(2)/.asked scripts/plan | $(BIN)/facts
	@B='$(B)' BIN='$(BIN)' SOURCE='$(SOURCE_$(1))' ACCEPT='$(ACCEPT_$(1))' CACHE='$(CACHE)' scripts/plan '$(1)' $(2)
	@touch $$@
# Somebody may have removed the kernel's folder, which the plan made.
$(if $(KEY_$(1)),$(if $(wildcard $(B)/kernels/$(KEY_$(1))/config),,.PHONY: $(2)/.plan))
$(2)/plan.mk: $(2)/.plan ;

recover-$(1): $(2)/.recover
config-$(1): $(2)/config
source-$(1): $(2)/plan.mk $(TREE_READY_$(KEY_$(1)))
probe-$(1): $(2)/plan.mk $(KEY_$(1):%=$(B)/kernels/%/probe.o)
offsets-$(1): $(2)/plan.mk $(KEY_$(1):%=$(B)/kernels/%/offsets.h) $(KEY_$(1):%=$(2)/.fit)
walker-$(1): $(2)/walker

# Does the layout fit what is in this memory? A target whose kernel is another one gets no walker.
$(2)/.fit: $(2)/.recover $(KEY_$(1):%=$(B)/kernels/%/.offsets) $(BIN)/offsets | $(BIN)/facts
	$(if $(KEY_$(1)),$(Q)$(BIN)/offsets fit --fields offsets/fields.def --probe $(B)/kernels/$(KEY_$(1))/probe.o --target $(2) --report $(2)/fit.txt)
	$(if $(NEIGHBOUR_$(KEY_$(1))),$(Q)BIN=$(BIN) scripts/neighbour '$(1)' $(2) $(B)/kernels/$(KEY_$(1))/offsets.h)
	@touch $$@

$(2)/walker: $(2)/plan.mk $(KEY_$(1):%=$(B)/kernels/%/walker) | $(2)/.fit
	$(Q)cp $(B)/kernels/$(KEY_$(1))/walker $$@.new && mv $$@.new $$@
endef

# --- rules of one kernel, shared by all targets that run it -----------------------
# $(1) its KEY, $(2) its folder
define kernel_rules
$(2)/.probe-source: offsets/fields.def $(BIN)/offsets
	$(Q)$(BIN)/offsets probe-source offsets/fields.def >$(2)/probe.c.new
	@scripts/move-if-changed $(2)/probe.c.new $(2)/probe.c && touch $$@
$(2)/probe.c: $(2)/.probe-source ;

$(2)/probe.o: $(2)/probe.c $(2)/config $(TREE_READY_$(1)) kernel-src/build/probe | $(BIN)/kconfig_filter
	$$(call say,PROBE,$(1))
	$(Q)BIN=$(BIN) kernel-src/build/probe --tree $(TREE_$(1)) --config $(2)/config --probe $(2)/probe.c --out $(2) $(ACCEPT_$(1):%=--accept %) $(PARTIAL_$(1)) $(if $(NEIGHBOUR_$(1)),--neighbour)

# The shell asks whether there is BTF, not make: the plan may have made the folder a moment ago.
$(2)/.offsets: $(2)/probe.o offsets/fields.def offsets/compile-check $(BIN)/offsets
	$$(call say,OFFSETS,$(1))
	$(Q)BIN=$(BIN) offsets/compile-check --fields offsets/fields.def --probe $(2)/probe.o --out $(2)/check.o
	$(Q)$(BIN)/offsets emit --fields offsets/fields.def --probe $(2)/probe.o --check $(2)/check.o $$$$([ ! -e $(2)/btf ] || echo --btf $(2)/btf) --header $(2)/offsets.h --json $(2)/offsets.json
	@touch $$@
$(2)/offsets.h: $(2)/.offsets ;
endef

# --- rules of one source tree, shared by all kernels made from it -----------------
# $(1) a KEY that uses it
define tree_rules
$(UNPACKED_$(1)): $(ARCHIVE_$(1)) | $(BIN)/unpack
	$$(call say,UNPACK,$(notdir $(ARCHIVE_$(1))))
	$(Q)$(BIN)/unpack $(ARCHIVE_$(1)) --out $(UNPACKED_$(1):/.complete=)
	@touch $$@
endef
define patched_rules
$(TREE_READY_$(1)): $(UNPACKED_$(1)) kernel-src/build/patched | $(addprefix $(BIN)/,facts dsc unpack patch_tree)
	$$(call say,PATCH,$(notdir $(TREE_$(1))))
	$(Q)BIN=$(BIN) kernel-src/build/patched --tree $(UNPACKED_$(1):/.complete=) --archive $(ARCHIVE_$(1)) --facts $(B)/kernels/$(1)/source --out $(TREE_$(1)) $(addprefix --dir ,$(PACKAGES))
	@touch $$@
endef
define package_rules
$(ARCHIVE_$(1)): | $(BIN)/dsc $(BIN)/unpack
	$$(call say,FETCH,$(notdir $(ARCHIVE_$(1))))
	$(Q)BIN=$(BIN) scripts/fetch $(PACKAGE_$(1)) $(addprefix --dir ,$(PACKAGES)) >/dev/null
endef

# Under -n make may read nothing from a host, not even to make a plan.
ifeq ($(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
ifneq ($(filter-out recover config dump,$(filter all $(stage_goals),$(goals))),)
-include $(TARGETS:%=$(B)/targets/%/plan.mk)
endif
endif
KEYS := $(sort $(foreach t,$(TARGETS),$(KEY_$(t))))
owner_of = $(firstword $(foreach k,$(KEYS),$(if $(filter $(1),$($(2)_$(k))),$(k))))

$(foreach t,$(TARGETS),$(eval $(call target_rules,$(t),$(B)/targets/$(t))))
$(foreach k,$(KEYS),$(eval $(call kernel_rules,$(k),$(B)/kernels/$(k))))
unpacked := $(sort $(foreach k,$(KEYS),$(UNPACKED_$(k))))
$(foreach r,$(unpacked),$(eval $(call tree_rules,$(call owner_of,$(r),UNPACKED))))
$(foreach r,$(filter-out $(unpacked),$(sort $(foreach k,$(KEYS),$(TREE_READY_$(k))))),$(eval $(call patched_rules,$(call owner_of,$(r),TREE_READY))))
$(foreach a,$(sort $(foreach k,$(KEYS),$(if $(PACKAGE_$(k)),$(ARCHIVE_$(k))))),$(eval $(call package_rules,$(call owner_of,$(a),ARCHIVE))))
include walker/rules.mk
$(foreach s,$(stage_goals),$(eval $(s): $(TARGETS:%=$(s)-%)))
.PHONY: $(stage_goals) $(foreach s,$(stage_goals),$(TARGETS:%=$(s)-%))
endif
endif
