/* err: errors are values.
 *
 * NULL is success. A function that can fail returns `struct err *`; whoever
 * cannot deal with it prepends where it happened (err_in) and passes it up.
 * Only a main() prints one and turns it into an exit status.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* What went wrong, and at the same time the exit status of the program. */
enum err_code {
	ERR_ABSENT = 1, /* searched everything that could be read: not there */
	ERR_USAGE = 2,  /* the command line, or a target file, is wrong */
	ERR_DATA = 3,   /* bad or contradictory data; an incomplete answer */
	ERR_SYSTEM = 4, /* this machine or the target's failed: I/O, memory, tools */
};

struct err;

/* A new error. Never returns NULL: without memory a static error is returned. */
struct err *err_new(enum err_code code, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* ERR_SYSTEM, with ": " and the text of errno appended. */
struct err *err_errno(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_CHECK;

/* Prepends "context: " to e and returns e; NULL stays NULL. */
struct err *err_in(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* ERR_DATA without a text of its own, at no cost: for work that is only rehearsed
 * and fails thousands of times. */
struct err *err_pending(void) MUST_CHECK;

enum err_code err_code(const struct err *e);
/* Does e end the work, rather than say of one thing that it is not there or not
 * right? True for ERR_SYSTEM alone, false for NULL. */
bool err_is_fatal(const struct err *e);
const char *err_text(const struct err *e);

/* Frees e; NULL is allowed. Says on purpose that an error is not passed on. */
void err_discard(struct err *e);

/* Prints "program: text" to stderr, frees e and returns the exit status;
 * for NULL prints nothing and returns 0. */
int err_report(struct err *e, const char *program);

/* Returns from the calling function are spelled out at the call:
 *	struct err *e = f();
 *	if (e)
 *		return err_in(e, "context");
 */
#endif
