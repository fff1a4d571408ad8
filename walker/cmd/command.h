/* command: one of the things the walker can be asked. main.c has the table. */
#ifndef WALKER_CMD_COMMAND_H
#define WALKER_CMD_COMMAND_H

#include "walker/cmd/out.h"
#include "walker/read/target.h"

enum read_format {
	READ_BYTES,
	READ_HEX,
	READ_U64,
	READ_STRING,
};

struct options {
	const char *memory, *boot; /* as given, or NULL */
	bool json, strict, stats, threads;
	const char *columns; /* -o, or NULL */
	const char *every, *times; /* --every, --count as given, or NULL */
	enum read_format format;
};

/* args: what follows the command's name. Appends its answer to out. Errors: as
 * the exit status says; usage errors without the command's name. */
typedef struct err *(*command_run)(struct target *t, const struct options *o, char **args,
				   size_t count, struct out *out);

struct err *cmd_ps(struct target *t, const struct options *o, char **args, size_t count,
		   struct out *out) MUST_CHECK;
struct err *cmd_top(struct target *t, const struct options *o, char **args, size_t count,
		    struct out *out) MUST_CHECK;
struct err *cmd_tree(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out) MUST_CHECK;
struct err *cmd_maps(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out) MUST_CHECK;
struct err *cmd_vtop(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out) MUST_CHECK;
struct err *cmd_read(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out) MUST_CHECK;
struct err *cmd_info(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out) MUST_CHECK;

/* What ps prints; *rows: how many processes or threads. */
struct err *ps_table(struct target *t, const struct options *o, struct out *out,
		     size_t *rows) MUST_CHECK;

/* Arguments: a pid; a number, decimal or 0x. Errors: ERR_USAGE. */
struct err *parse_pid(const char *text, uint32_t *ret) MUST_CHECK;
struct err *parse_number(const char *text, const char *what, uint64_t *ret) MUST_CHECK;

#endif
