/* expr: expressions of Kconfig, over options of which not all are known.
 *
 * A bool or tristate option has one of the values n, m, y. What we know of it is the set of the values
 * that it may have. `&&` is the lesser of two values, `||` the greater. We can ask an expression
 * which values it may have, and tell it which it has: the second narrows its options down, as far
 * as that follows.
 *
 * Source: Documentation/kbuild/kconfig-language.rst, scripts/kconfig/expr.c
 */
#ifndef KERNEL_SRC_KCONFIG_EXPR_H
#define KERNEL_SRC_KCONFIG_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets of values are sums of these. */
enum { VALUE_N = 1, VALUE_M = 2, VALUE_Y = 4, VALUES_ALL = 7 };

enum expr_kind {
	EXPR_VALUE,  /* a constant, one of values; which of them is not known */
	EXPR_OPTION,
	EXPR_EQUAL,  /* y where the option has one of values, else n */
	EXPR_NOT,
	EXPR_OFF,    /* y where left is n, else n */
	EXPR_AND,
	EXPR_OR,
};

/* A NULL pointer stands for the expression y. */
struct expr {
	enum expr_kind kind;
	uint8_t values;
	uint32_t option;
	const struct expr *left, *right;
};

/* Owns expressions. */
struct expr_pool {
	struct expr **nodes;
	size_t count, capacity;
};

void expr_pool_deinit(struct expr_pool *p);
const struct expr *expr_value(struct expr_pool *p, unsigned int values);
const struct expr *expr_option(struct expr_pool *p, uint32_t option);
const struct expr *expr_off(struct expr_pool *p, const struct expr *e);
const struct expr *expr_and(struct expr_pool *p, const struct expr *a, const struct expr *b);
const struct expr *expr_or(struct expr_pool *p, const struct expr *a, const struct expr *b);

struct expr_reader {
	struct expr_pool *pool;
	uint32_t (*option_of)(void *arg, const char *name, size_t size);
	void *arg;
};

/* Reads an expression at *at, up to `if`, the end, or something that is not understood; moves *at there.
 * What depends on strings, numbers or the target's tools may be y or n. */
const struct expr *expr_read(const struct expr_reader *r, const char **at, const char *end);

/* The values that e may have; values: the set of each option. */
unsigned int expr_eval(const struct expr *e, const uint8_t *values);

/* Concludes from e having one of the `allowed` values: calls narrow() with each option that can then
 * have only some values, and these. */
void expr_narrow(const struct expr *e, const uint8_t *values, unsigned int allowed,
		 void (*narrow)(void *arg, uint32_t option, unsigned int values), void *arg);

#endif
