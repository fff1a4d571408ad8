/* names: the functions and variables that the source defines, and which of them the target's symbol
 * tables have.
 *
 * A definition can be asked about its options only where a name in the image comes from it and from
 * nothing else: so the makefiles must know its file, and no other file of the tree may define the
 * name.
 */
#ifndef KERNEL_SRC_INFER_NAMES_H
#define KERNEL_SRC_INFER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "kernel-src/infer/gates.h"

struct names_symbol {
	struct table_key key;
	bool global, local; /* the image has it so */
	bool in_module;	    /* that is loaded */
	/* how many definitions of the name the tree has */
	uint32_t global_definitions, definitions;
};

struct names_definition {
	struct names_symbol *symbol;
	uint32_t file;
	char kind;		/* T t W D d, as in definitions.h */
	const char *condition; /* text, up to the end of its line */
	uint32_t condition_size;
};

struct names_file {
	const char *path;
	uint32_t path_size;
	const char *gates; /* gates_of() */
};

struct names {
	struct table symbols;
	struct names_definition *definitions;
	size_t count, capacity;
	struct names_file *files;
	size_t file_count, file_capacity;
};

/* Texts outlive n. symbols: recover's System.map; modules: recover's modules.map; definitions: text
 * of definitions.h. The last tells the gates which C files other ones include. */
void names_add_symbols(struct names *n, const char *symbols);
void names_add_modules(struct names *n, const char *modules);
void names_add_definitions(struct names *n, const char *definitions, struct gates *gates);
void names_deinit(struct names *n);

bool names_is_global(const struct names_definition *d);
/* Whether the image would have this name from here and from nowhere else. */
bool names_is_usable(const struct names *n, const struct names_definition *d);
/* Whether the image has it; whether a module that is loaded has it. */
bool names_is_present(const struct names_definition *d);
bool names_is_in_module(const struct names_definition *d);

/* The conditions under which the file is linked, and the definition compiled: takes the next one
 * off *gates, which is first the file's. False: there are no more. */
bool names_next_condition(const char **gates, const struct names_definition *d, struct condition *ret);
/* What holds whichever of these does. */
void names_common_condition(const struct names *n, const struct names_definition *d, struct condition *ret);

/* "copy_creds in kernel/cred.c"; the caller's. */
char *names_describe(const struct names *n, const struct names_definition *d);

#endif
