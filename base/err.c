#include "base/err.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct err {
	enum err_code code;
	char *text;
};

static struct err no_memory = { ERR_SYSTEM, NULL };
static const char no_memory_text[] = "out of memory";
static struct err pending = { ERR_DATA, NULL };
static const char pending_text[] = "not read yet";

/* A static error: it has no text to add to, and nothing to free. */
static bool is_fixed(const struct err *e)
{
	return e == &no_memory || e == &pending;
}

struct err *err_pending(void)
{
	return &pending;
}

static struct err *err_from(enum err_code code, char *text)
{
	struct err *e = malloc(sizeof(*e));

	if (!e || !text) {
		free(e);
		free(text);
		return &no_memory;
	}
	e->code = code;
	e->text = text;
	return e;
}

struct err *err_new(enum err_code code, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	return err_from(code, text);
}

struct err *err_errno(const char *fmt, ...)
{
	int number = errno;
	va_list args;
	char *text, *whole;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (!text || asprintf(&whole, "%s: %s", text, strerror(number)) < 0)
		whole = NULL;
	free(text);
	return err_from(ERR_SYSTEM, whole);
}

struct err *err_in(struct err *e, const char *fmt, ...)
{
	va_list args;
	char *context, *whole;

	if (!e || is_fixed(e))
		return e;
	va_start(args, fmt);
	if (vasprintf(&context, fmt, args) < 0)
		context = NULL;
	va_end(args);
	if (!context)
		return e;
	if (asprintf(&whole, "%s: %s", context, e->text) >= 0) {
		free(e->text);
		e->text = whole;
	}
	free(context);
	return e;
}

enum err_code err_code(const struct err *e)
{
	return e->code;
}

bool err_is_fatal(const struct err *e)
{
	return e && e->code == ERR_SYSTEM;
}

const char *err_text(const struct err *e)
{
	return e == &no_memory ? no_memory_text : e == &pending ? pending_text : e->text;
}

void err_discard(struct err *e)
{
	if (!e || is_fixed(e))
		return;
	free(e->text);
	free(e);
}

int err_report(struct err *e, const char *program)
{
	int status;

	if (!e)
		return 0;
	fprintf(stderr, "%s: %s\n", program, err_text(e));
	status = (int)err_code(e);
	err_discard(e);
	return status;
}
