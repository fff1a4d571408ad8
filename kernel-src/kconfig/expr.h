/* expr: expressions of Kconfig, over options of which not all are known.
 *
 * An option that is bool or tristate has one of the values n, m, y; what is known of it is the set of
 * those it may have. `&&` is the lesser of two values, `||` the greater. An expression can be asked
 * which values it may have, and told which it has: then its options are narrowed down, as far as
 * that follows.
 *
 * Source: Documentation/kbuild/kconfig-language.rst, scripts/kconfig/expr.c
 */
#ifndef KERNEL_SRC_KCONFIG_EXPR_H
#define KERNEL_SRC_KCONFIG_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of values. */
enum { VALUE_N = 1, VALUE_M = 2, VALUE_Y = 4, VALUES_ALL = 7 };

enum expr_kind {
	EXPR_VALUE,  /* one of values */
	EXPR_OPTION,
	EXPR_EQUAL,  /* y where the option has one of values, else n */
	EXPR_NOT,
	EXPR_OFF,    /* y where left is n, else n */
	EXPR_AND,
	EXPR_OR,
};

/* NULL stands for y. */
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

/* Reads an expression at *at, which it moves behind it: up to `if`, the end, or what is not understood.
 * What only the target's tools or strings decide may have any value that a comparison has. */
const struct expr *expr_read(const struct expr_reader *r, const char **at, const char *end);

/* The values e may have; values: of each option. */
unsigned int expr_eval(const struct expr *e, const uint8_t *values);

/* e has one of `allowed`: narrow() is called for options that can then only have the values given. */
void expr_narrow(const struct expr *e, const uint8_t *values, unsigned int allowed,
		 void (*narrow)(void *arg, uint32_t option, unsigned int values), void *arg);

#endif
