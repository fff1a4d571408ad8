#include "kernel-src/kconfig/changes.h"

#include <fnmatch.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/kconfig/option.h"

/* A whole .config mentions every visible option, so Kconfig adds few here. */
#define ADDED_MAX 64
#define LISTED_MAX 8 /* names in one message */

enum kind { HARMLESS, TOOL, FATAL };

/* Kconfig asks the compiler, the assembler and other tools what they can do (scripts/Kconfig.include) and
 * stores the answers as options. They differ between two machines that build the same kernel, and the probe
 * keeps what is true of this machine's tools (TOOL). The first pattern that fits a name decides. */
static const struct rule {
	enum kind kind;
	const char *name;
	const char *why;
} rules_table[] = {
	{ FATAL, "RANDSTRUCT_FULL", "structures in random order, by a seed that is not in the config" },
	{ FATAL, "RANDSTRUCT_PERFORMANCE",
	  "structures in random order, by a seed that is not in the config" },
	{ FATAL, "GCC_PLUGIN_RANDSTRUCT",
	  "structures in random order, by a seed that is not in the config" },

	{ TOOL, "CC_IS_*", "names the compiler" },
	{ TOOL, "AS_IS_*", "names the assembler" },
	{ TOOL, "LD_IS_*", "names the linker" },
	{ TOOL, "GCC_VERSION", "version of a tool" },
	{ TOOL, "CLANG_VERSION", "version of a tool" },
	{ TOOL, "AS_VERSION", "version of a tool" },
	{ TOOL, "LD_VERSION", "version of a tool" },
	{ TOOL, "LLD_VERSION", "version of a tool" },
	{ TOOL, "PAHOLE_VERSION", "version of a tool" },
	{ TOOL, "PAHOLE_HAS_*", "ability of a tool" },
	{ TOOL, "RUSTC_*", "version or ability of a tool" },
	{ TOOL, "BINDGEN_*", "version or ability of a tool" },
	{ TOOL, "RUST_IS_AVAILABLE", "ability of a tool" },
	{ TOOL, "CC_HAS_*", "ability of the compiler" },
	{ TOOL, "CC_HAVE_*", "ability of the compiler" },
	{ TOOL, "CC_CAN_*", "ability of the compiler" },
	{ TOOL, "CC_NO_*", "a warning of the compiler" },
	{ TOOL, "CC_IMPLICIT_FALLTHROUGH", "a warning of the compiler" },
	{ TOOL, "CC_STRINGOP_OVERFLOW", "a warning of the compiler" },
	{ TOOL, "CC_ASM_*", "ability of the compiler" },
	{ TOOL, "CC_MS_EXTENSIONS", "a flag of the compiler" },
	{ TOOL, "GCC[0-9]*_NO_*", "a warning of the compiler" },
	{ TOOL, "GCC_NO_*", "a warning of the compiler" },
	{ TOOL, "GCC_ASM_*", "ability of the compiler" },
	{ TOOL, "GCC_SUPPORTS_*", "ability of the compiler" },
	{ TOOL, "HAS_LTO_CLANG", "ability of the compiler" },
	{ TOOL, "AS_*", "ability of the assembler" },
	{ TOOL, "LD_CAN_*", "ability of the linker" },
	{ TOOL, "LD_ORPHAN_WARN*", "a warning of the linker" },
	{ TOOL, "OPENSSL_SUPPORTS_*", "ability of a library" },
	{ TOOL, "TOOLS_SUPPORT_*", "ability of a tool" },
	{ TOOL, "TOOLCHAIN_*", "ability of a tool" },

	{ HARMLESS, "CC_VERSION_TEXT", "names the compiler" },
	{ HARMLESS, "BUILD_SALT", "goes into build ids" },
	{ HARMLESS, "VERSION_SIGNATURE", "text of the banner" },
	{ HARMLESS, "LOCALVERSION*", "part of the release" },
	{ HARMLESS, "WERROR", "warnings" },
	{ HARMLESS, "FRAME_WARN", "warnings" },
	{ HARMLESS, "MODULE_SIG_ALL", "signing of modules at installation" },
	{ HARMLESS, "MODULE_SIG_KEY*", "signing of modules at installation" },
	{ HARMLESS, "SYSTEM_TRUSTED_KEYS", "keys" },
	{ HARMLESS, "SYSTEM_REVOCATION_KEYS", "keys" },
	{ HARMLESS, "SYSTEM_BLACKLIST_HASH_LIST", "keys" },
	{ HARMLESS, "DEBUG_INFO_NONE", "form of debugging information" },
	{ HARMLESS, "DEBUG_INFO_DWARF*", "form of debugging information" },
	{ HARMLESS, "DEBUG_INFO_COMPRESSED*", "form of debugging information" },
	{ HARMLESS, "DEBUG_INFO_REDUCED", "form of debugging information" },
	{ HARMLESS, "DEBUG_INFO_SPLIT", "form of debugging information" },
	{ HARMLESS, "GDB_SCRIPTS", "scripts for a debugger" },
};

static const struct rule *find_rule(const char *name)
{
	for (size_t i = 0; i < sizeof(rules_table) / sizeof(rules_table[0]); i++)
		if (!fnmatch(rules_table[i].name, name, 0))
			return &rules_table[i];
	return NULL;
}

static bool is_accepted(const struct changes_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->accepted_count; i++) {
		const char *accepted = rules->accepted[i];

		if (!strncmp(accepted, "CONFIG_", 7))
			accepted += 7;
		if (!strcmp(accepted, name))
			return true;
	}
	return false;
}

static bool is_switch(const char *value)
{
	return !strcmp(value, "y") || !strcmp(value, "m") || !strcmp(value, "n");
}

/* Adds the lines of autoconf.h that give NAME this value, whatever value it had before. */
static void define(struct buf *autoconf, const char *name, const char *value)
{
	buf_addf(autoconf, "#undef CONFIG_%s\n#undef CONFIG_%s_MODULE\n", name, name);
	if (!strcmp(value, "y"))
		buf_addf(autoconf, "#define CONFIG_%s 1\n", name);
	else if (!strcmp(value, "m"))
		buf_addf(autoconf, "#define CONFIG_%s_MODULE 1\n", name);
	else if (strcmp(value, "n") != 0)
		buf_addf(autoconf, "#define CONFIG_%s %s\n", name, value);
}

struct comparison {
	const struct changes_rules *rules;
	struct buf *report, *autoconf;
	struct buf names; /* a few of those that were restored or removed */
	size_t added, restored, tools;
};

static void comparison_deinit(struct comparison *c)
{
	buf_deinit(&c->names);
}

/* Adds NAME to a list for a message; count: how many names came before it. */
static void list_name(struct buf *names, size_t count, const char *name, size_t size)
{
	if (count > LISTED_MAX)
		return;
	buf_add_str(names, count ? ", " : "");
	if (count == LISTED_MAX)
		buf_add_str(names, "...");
	else
		buf_add(names, name, size);
}

/* Says what becomes of one option that differs; target, here: its values, NULL: not mentioned. */
static void judge(struct comparison *c, const char *name, const char *target, const char *here)
{
	const struct rule *rule = find_rule(name);
	const char *what, *why;

	if (rule && rule->kind != FATAL) {
		what = rule->kind == TOOL ? "tool" : "harmless";
		why = rule->why;
		c->tools += rule->kind == TOOL;
	} else if (is_accepted(c->rules, name)) {
		what = "accepted";
		why = "said to be accepted";
	} else if (*(target ? target : here) == '"') {
		what = "harmless";
		why = "a text; no structure depends on one";
	} else if (target) {
		what = "restored";
		why = here ? "Kconfig changed it here" : "Kconfig dropped it here";
		define(c->autoconf, name, target);
		list_name(&c->names, c->restored++, name, strlen(name));
	} else if (c->rules->partial || !is_switch(here)) {
		what = "default";
		why = "the target's configuration does not say";
	} else {
		what = "removed";
		why = "Kconfig set it here; the target's configuration does not have it";
		c->added++;
		define(c->autoconf, name, "n");
		list_name(&c->names, c->restored++, name, strlen(name));
	}
	buf_addf(c->report, "CONFIG_%s\t%s\t%s\t%s\t%s\n", name, target ? target : "-",
		 here ? here : "-", what, why);
}

static bool same(const char *target, const char *here)
{
	return !strcmp(target ? target : "n", here ? here : "n");
}

static struct err *refuse_fatal(const struct dotconfig *target, const struct changes_rules *rules)
{
	for (size_t i = 0; i < dotconfig_count(target); i++) {
		const char *name, *value;
		const struct rule *rule;

		dotconfig_at(target, i, &name, &value);
		if (strcmp(value, "n") == 0 || is_accepted(rules, name))
			continue;
		rule = find_rule(name);
		if (rule && rule->kind == FATAL)
			return err_new(ERR_DATA, "CONFIG_%s=%s: %s; --accept %s to go on nevertheless",
				       name, value, rule->why, name);
	}
	return NULL;
}

struct err *changes_compare(const struct dotconfig *target, const struct dotconfig *here,
			    const struct changes_rules *rules, struct buf *report,
			    struct buf *autoconf)
{
	CLEANUP(comparison_deinit)
	struct comparison c = { .rules = rules, .report = report, .autoconf = autoconf };
	struct err *e = refuse_fatal(target, rules);

	if (e)
		return e;
	for (size_t i = 0; i < dotconfig_count(target); i++) {
		const char *name, *value, *now;

		dotconfig_at(target, i, &name, &value);
		now = dotconfig_get(here, name);
		if (!same(value, now))
			judge(&c, name, value, now);
	}
	for (size_t i = 0; i < dotconfig_count(here); i++) {
		const char *name, *value;

		dotconfig_at(here, i, &name, &value);
		if (!dotconfig_get(target, name) && !same(NULL, value))
			judge(&c, name, NULL, value);
	}
	if (c.added > ADDED_MAX)
		return err_new(ERR_DATA,
			       "not a whole configuration: it does not mention %zu options that this "
			       "kernel sets; --partial to take Kconfig's defaults for them",
			       c.added);
	if (c.restored && !c.tools && !rules->partial && !rules->neighbour)
		return err_new(ERR_DATA,
			       "with the same tools %zu options come out otherwise than in the target (%s): "
			       "this is not the source of the target's kernel, or not its configuration; "
			       "--accept each of them to go on nevertheless",
			       c.restored, buf_str(&c.names));
	return NULL;
}

/* A line of kconfig_filter's report: CONFIG_X<TAB>value<TAB>fault, or -<TAB>text<TAB>fault. */
struct dropped {
	const char *text, *fault; /* fault: "" when the line has none */
	size_t size, fault_size;  /* of all before the fault; of the fault */
	size_t name_size;
};

static struct dropped dropped_line(const char *text, const char *end)
{
	const char *tab = memrchr(text, '\t', (size_t)(end - text));

	return (struct dropped){
		.text = text,
		.fault = tab ? tab + 1 : "",
		.size = (size_t)((tab ? tab : end) - text),
		.fault_size = tab ? (size_t)(end - tab) - 1 : 0,
		.name_size = strcspn(text, "\t\n"),
	};
}

/* Whether the line says that the target has y or m for an option that the tree does not have. */
static bool sets_unknown(const struct dropped *d, const struct changes_rules *rules)
{
	CLEANUP(free_ptr) char *option = xstrndup(d->text, d->name_size);
	const char *value = d->text + d->name_size + 1;

	return d->size == d->name_size + 2 && (*value == 'y' || *value == 'm') &&
	       !strncmp(d->fault, KCONFIG_UNKNOWN, strlen(KCONFIG_UNKNOWN)) &&
	       !strncmp(option, "CONFIG_", 7) && !is_accepted(rules, option + 7);
}

struct err *changes_dropped(const char *text, const struct changes_rules *rules, struct buf *report)
{
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;
	size_t unknown = 0;

	while (*text) {
		const char *end = strchrnul(text, '\n');
		struct dropped d = dropped_line(text, end);

		buf_add(report, d.text, d.size);
		buf_addf(report, "\t-\tdropped\t%.*s\n", (int)d.fault_size, d.fault);
		if (sets_unknown(&d, rules))
			list_name(&names, unknown++, d.text, d.name_size);
		text = end + (*end == '\n');
	}
	if (!unknown || rules->neighbour)
		return NULL;
	return err_new(ERR_DATA,
		       "the target sets %zu options that this tree does not have (%s): this is not the "
		       "source of the target's kernel, or it lacks a patch; --accept each of them to go on "
		       "nevertheless",
		       unknown, buf_str(&names));
}
