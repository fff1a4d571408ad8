#include "kernel-src/kconfig/expr.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/vec.h"

#define DEPTH_MAX 64
#define NODES_MAX 4000000

void expr_pool_deinit(struct expr_pool *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->nodes[i]);
	free(p->nodes);
}

/* A copy of e that the pool owns. When the pool is full: an expression of which nothing is known. */
static const struct expr *add(struct expr_pool *p, struct expr e)
{
	static const struct expr unknown = { .kind = EXPR_VALUE, .values = VALUES_ALL };
	struct expr *node;

	if (p->count == NODES_MAX)
		return &unknown;
	node = xmalloc(sizeof(*node));
	*node = e;
	*vec_add(p->nodes, p->count, p->capacity) = node;
	return node;
}

const struct expr *expr_value(struct expr_pool *p, unsigned int values)
{
	return add(p, (struct expr){ .kind = EXPR_VALUE, .values = (uint8_t)values });
}

const struct expr *expr_option(struct expr_pool *p, uint32_t option)
{
	return add(p, (struct expr){ .kind = EXPR_OPTION, .option = option });
}

const struct expr *expr_off(struct expr_pool *p, const struct expr *e)
{
	return e ? add(p, (struct expr){ .kind = EXPR_OFF, .left = e }) : expr_value(p, VALUE_N);
}

const struct expr *expr_and(struct expr_pool *p, const struct expr *a, const struct expr *b)
{
	return !a ? b : !b ? a : add(p, (struct expr){ .kind = EXPR_AND, .left = a, .right = b });
}

const struct expr *expr_or(struct expr_pool *p, const struct expr *a, const struct expr *b)
{
	return !a || !b ? NULL : add(p, (struct expr){ .kind = EXPR_OR, .left = a, .right = b });
}

/* --- sets ---------------------------------------------------------------------------------- */

/* What `a && b`, or `a || b`, may be: the lesser or greater of each two values. */
static unsigned int combine(bool or, unsigned int a, unsigned int b)
{
	unsigned int result = 0;

	for (unsigned int x = VALUE_N; x <= VALUE_Y; x <<= 1)
		for (unsigned int y = VALUE_N; y <= VALUE_Y; y <<= 1)
			if ((a & x) && (b & y))
				result |= (x < y) != or ? x : y;
	return result;
}

/* The values of a that give, with some value of b, one of the allowed. */
static unsigned int partners(bool or, unsigned int a, unsigned int b, unsigned int allowed)
{
	unsigned int result = 0;

	for (unsigned int x = VALUE_N; x <= VALUE_Y; x <<= 1)
		if ((a & x) && (combine(or, x, b) & allowed))
			result |= x;
	return result;
}

/* What `!` makes of the values: 2 minus each. */
static unsigned int contrary(unsigned int values)
{
	return (values & VALUE_M) | (values & VALUE_N ? VALUE_Y : 0) | (values & VALUE_Y ? VALUE_N : 0);
}

unsigned int expr_eval(const struct expr *e, const uint8_t *values)
{
	unsigned int v;

	if (!e)
		return VALUE_Y;
	switch (e->kind) {
	case EXPR_VALUE:
		return e->values;
	case EXPR_OPTION:
		return values[e->option];
	case EXPR_EQUAL:
		v = values[e->option];
		return (v & e->values ? VALUE_Y : 0) | (v & ~(unsigned int)e->values ? VALUE_N : 0);
	case EXPR_NOT:
		return contrary(expr_eval(e->left, values));
	case EXPR_OFF:
		v = expr_eval(e->left, values);
		return (v & VALUE_N ? VALUE_Y : 0) | (v & (VALUE_M | VALUE_Y) ? VALUE_N : 0);
	case EXPR_AND:
	case EXPR_OR:
		return combine(e->kind == EXPR_OR, expr_eval(e->left, values),
			       expr_eval(e->right, values));
	}
	return VALUES_ALL;
}

void expr_narrow(const struct expr *e, const uint8_t *values, unsigned int allowed,
		 void (*narrow)(void *arg, uint32_t option, unsigned int values), void *arg)
{
	unsigned int a, b;

	if (!e || (allowed & VALUES_ALL) == VALUES_ALL)
		return;
	switch (e->kind) {
	case EXPR_VALUE:
		return;
	case EXPR_OPTION:
		narrow(arg, e->option, allowed);
		return;
	case EXPR_EQUAL:
		narrow(arg, e->option, (allowed & VALUE_Y ? e->values : 0u) |
					       (allowed & VALUE_N ? VALUES_ALL & ~(unsigned int)e->values : 0));
		return;
	case EXPR_NOT:
		expr_narrow(e->left, values, contrary(allowed), narrow, arg);
		return;
	case EXPR_OFF:
		expr_narrow(e->left, values, (allowed & VALUE_Y ? VALUE_N : 0u) |
						     (allowed & VALUE_N ? VALUE_M | VALUE_Y : 0u), narrow, arg);
		return;
	case EXPR_AND:
	case EXPR_OR:
		a = expr_eval(e->left, values);
		b = expr_eval(e->right, values);
		expr_narrow(e->left, values, partners(e->kind == EXPR_OR, a, b, allowed), narrow, arg);
		expr_narrow(e->right, values, partners(e->kind == EXPR_OR, b, a, allowed), narrow, arg);
		return;
	}
}

/* --- text ---------------------------------------------------------------------------------- */

struct parser {
	const struct expr_reader *reader;
	struct cursor c;
	int depth;
};

/* An option, or the values that a constant may have. */
struct operand {
	const char *name;
	size_t size; /* 0: it is no option */
	unsigned int values;
};

static const struct expr *parse_or(struct parser *p);

/* "text" or 'text' */
static void skip_string(struct parser *p)
{
	char quote = *p->c.at++;

	while (p->c.at < p->c.end && *p->c.at != quote)
		p->c.at += *p->c.at == '\\' && p->c.end - p->c.at > 1 ? 2 : 1;
	p->c.at += p->c.at < p->c.end;
}

/* $(macro,...) */
static void skip_macro(struct parser *p)
{
	int depth = 0;

	for (p->c.at++; p->c.at < p->c.end; p->c.at++) {
		depth += (*p->c.at == '(') - (*p->c.at == ')');
		if (depth <= 0 && (*p->c.at == ')' || isspace((unsigned char)*p->c.at))) {
			p->c.at += *p->c.at == ')';
			return;
		}
	}
}

/* Skips a string or a macro; false: neither stands here. */
static bool skip_opaque(struct parser *p)
{
	if (p->c.at == p->c.end)
		return false;
	if (*p->c.at == '"' || *p->c.at == '\'')
		skip_string(p);
	else if (*p->c.at == '$')
		skip_macro(p);
	else
		return false;
	return true;
}

/* The value that y, m or n stands for, 0 for any other text. */
static unsigned int constant(const char *text, size_t size)
{
	if (size != 1)
		return 0;
	return *text == 'y' ? VALUE_Y : *text == 'm' ? VALUE_M : *text == 'n' ? VALUE_N : 0;
}

static bool parse_operand(struct parser *p, struct operand *ret)
{
	const char *start;
	size_t n;

	cursor_skip_blanks(&p->c);
	start = p->c.at;
	*ret = (struct operand){ NULL, 0, VALUE_N | VALUE_Y };
	if (skip_opaque(p)) {
		n = (size_t)(p->c.at - start);
		if (n == 3 && *start != '$' && constant(start + 1, 1))
			ret->values = constant(start + 1, 1);
		return true;
	}
	while (p->c.at < p->c.end && (isalnum((unsigned char)*p->c.at) || *p->c.at == '_' ||
				  (p->c.at > start && strchr("-./", *p->c.at))))
		p->c.at++;
	n = (size_t)(p->c.at - start);
	if (!n)
		return false;
	if (constant(start, n))
		ret->values = constant(start, n);
	for (size_t i = 0; i < n; i++)
		if (isupper((unsigned char)start[i]))
			*ret = (struct operand){ start, n, 0 };
	return true;
}

static const struct expr *leaf(struct parser *p, const struct operand *o)
{
	const struct expr_reader *r = p->reader;

	return o->size ? expr_option(r->pool, r->option_of(r->arg, o->name, o->size)) :
			 expr_value(r->pool, o->values);
}

enum comparison { COMPARE_NONE, COMPARE_EQUAL, COMPARE_UNEQUAL, COMPARE_ORDER };

static enum comparison take_comparison(struct parser *p)
{
	static const struct {
		const char *text;
		enum comparison what;
	} signs[] = {
		{ "!=", COMPARE_UNEQUAL }, { "<=", COMPARE_ORDER }, { ">=", COMPARE_ORDER },
		{ "=", COMPARE_EQUAL },	   { "<", COMPARE_ORDER },  { ">", COMPARE_ORDER },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (cursor_take(&p->c, signs[i].text))
			return signs[i].what;
	return COMPARE_NONE;
}

/* We understand a comparison of an option with y, m or n. Any other may be y or n. */
static const struct expr *parse_comparison(struct parser *p)
{
	const struct expr_reader *r = p->reader;
	const struct operand *option, *value;
	enum comparison comparison;
	struct operand a, b;

	if (!parse_operand(p, &a)) {
		p->c.end = p->c.at; /* not understood: read no more of it */
		return expr_value(r->pool, VALUES_ALL);
	}
	comparison = take_comparison(p);
	if (comparison == COMPARE_NONE)
		return leaf(p, &a);
	if (!parse_operand(p, &b) || comparison == COMPARE_ORDER || !a.size == !b.size)
		return expr_value(r->pool, VALUE_N | VALUE_Y);
	option = a.size ? &a : &b;
	value = a.size ? &b : &a;
	if (value->values & (value->values - 1)) /* neither y nor m nor n */
		return expr_value(r->pool, VALUE_N | VALUE_Y);
	return add(r->pool, (struct expr){
		.kind = EXPR_EQUAL, .option = r->option_of(r->arg, option->name, option->size),
		.values = (uint8_t)(comparison == COMPARE_EQUAL ? value->values :
								  VALUES_ALL & ~value->values),
	});
}

static const struct expr *parse_not(struct parser *p)
{
	const struct expr *e;

	if (p->depth == DEPTH_MAX) {
		p->c.at = p->c.end;
		return expr_value(p->reader->pool, VALUES_ALL);
	}
	p->depth++;
	cursor_skip_blanks(&p->c);
	if (p->c.end - p->c.at > 1 && *p->c.at == '!' && p->c.at[1] != '=') {
		p->c.at++;
		e = parse_not(p);
		e = add(p->reader->pool, (struct expr){ .kind = EXPR_NOT, .left = e });
	} else if (cursor_take(&p->c, "(")) {
		e = parse_or(p);
		if (!cursor_take(&p->c, ")"))
			p->c.at = p->c.end;
	} else {
		e = parse_comparison(p);
	}
	p->depth--;
	return e;
}

static const struct expr *parse_and(struct parser *p)
{
	const struct expr *e = parse_not(p);

	while (cursor_take(&p->c, "&&"))
		e = expr_and(p->reader->pool, e, parse_not(p));
	return e;
}

static const struct expr *parse_or(struct parser *p)
{
	const struct expr *e = parse_and(p);

	while (cursor_take(&p->c, "||"))
		e = expr_or(p->reader->pool, e, parse_and(p));
	return e;
}

const struct expr *expr_read(const struct expr_reader *r, const char **at, const char *end)
{
	struct parser p = { r, { *at, end }, 0 };
	const struct expr *e = parse_or(&p);

	*at = p.c.at;
	return e;
}
