/* err: errors are values.
 *
 * A function that can fail returns a `struct err *`; NULL is success. A caller that cannot deal
 * with an error says where it happened and returns it:
 *
 *	struct err *e = f();
 *	if (e)
 *		return err_in(e, "context");
 *
 * Only a main() prints an error, and turns it into the exit status of the program.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
/* Callers return early on an error. With this the compiler knows that they do, and that what
 * they use behind it was set. */
#define NEVER_NULL __attribute__((returns_nonnull))

/* What kind of error it is, and at the same time the exit status of the program. */
enum err_code {
	ERR_ABSENT = 1, /* it is not there; everything was searched and could be read */
	ERR_USAGE = 2,  /* the command line, or a file in targets/, is wrong */
	ERR_DATA = 3,   /* bad or contradictory data, or an incomplete answer */
	ERR_SYSTEM = 4, /* this machine or the target's failed: I/O, memory, tools */
};

struct err;

/* A new error. Never NULL: without memory it is a static one. */
struct err *err_new(enum err_code code, const char *fmt, ...) PRINTF_LIKE(2, 3) NEVER_NULL MUST_CHECK;

/* ERR_SYSTEM; appends ": " and the text of errno. */
struct err *err_errno(const char *fmt, ...) PRINTF_LIKE(1, 2) NEVER_NULL MUST_CHECK;

/* Prepends "context: " to e and returns e; NULL stays NULL. */
struct err *err_in(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* ERR_DATA with a fixed text, which costs nothing to make. For a rehearsal, which fails thousands
 * of times on what was not read yet. */
struct err *err_pending(void) NEVER_NULL MUST_CHECK;

enum err_code err_code(const struct err *e);
/* Whether e ends the work as a whole: true for ERR_SYSTEM alone, false for NULL. Any other error
 * is about one thing, which is not there or not right. */
bool err_is_fatal(const struct err *e);
const char *err_text(const struct err *e);

/* Frees e, which may be NULL: the caller decides on purpose not to pass an error on. */
void err_discard(struct err *e);

/* Prints "program: text" to stderr, frees e and returns the exit status. For NULL prints nothing
 * and returns 0. */
int err_report(struct err *e, const char *program);

#endif
