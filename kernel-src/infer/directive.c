#include "kernel-src/infer/directive.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/cursor.h"

#define EXPRESSION_DEPTH_MAX 32

struct parser {
	struct cursor c;
	int depth;
};

/* What an expression says of options where it is true (yes) and where it is false (no). */
struct truth {
	struct condition yes, no;
};

static void truth_unknown(struct truth *t)
{
	condition_clear(&t->yes);
	condition_clear(&t->no);
	t->yes.exact = t->no.exact = false;
}

static void truth_constant(struct truth *t, bool value)
{
	condition_clear(&t->yes);
	condition_clear(&t->no);
	condition_add(value ? &t->no : &t->yes, ATOM_NEVER, false, "", 0);
}

static void truth_swap(struct truth *t)
{
	struct condition yes = t->yes;

	t->yes = t->no;
	t->no = yes;
}

/* a = a && b. Where that is false, one of two is: no conjunction says that, so nothing is said. `||` is the
 * same with yes and no swapped. */
static void truth_and(struct truth *a, const struct truth *b)
{
	if (condition_is_never(&a->no)) {
		*a = *b;
		return;
	}
	if (condition_is_never(&b->no))
		return;
	condition_and(&a->yes, &b->yes);
	condition_clear(&a->no);
	a->no.exact = false;
	if (condition_is_never(&a->yes))
		truth_constant(a, false);
}

static size_t take_word(struct parser *p, const char **ret)
{
	cursor_skip_blanks(&p->c);
	*ret = p->c.at;
	while (p->c.at < p->c.end && (isalnum((unsigned char)*p->c.at) || *p->c.at == '_'))
		p->c.at++;
	return (size_t)(p->c.at - *ret);
}

static bool is(const char *word, size_t size, const char *text)
{
	return size == strlen(text) && !memcmp(word, text, size);
}

/* Macros that have one value in everything a kernel image is compiled of. False: this is none of them. */
static bool truth_of_constant(struct truth *t, const char *name, size_t size)
{
	static const char *const undefined[] = { "MODULE", "__ASSEMBLY__", "__ASSEMBLER__", "__CHECKER__",
						 "__GENKSYMS__" };

	for (size_t i = 0; i < sizeof(undefined) / sizeof(undefined[0]); i++) {
		if (is(name, size, undefined[i])) {
			truth_constant(t, false);
			return true;
		}
	}
	if (!is(name, size, "__KERNEL__"))
		return false;
	truth_constant(t, true);
	return true;
}

/* Of a macro that is tested as `#ifdef NAME` or IS_ENABLED(NAME). */
static void truth_of_name(struct truth *t, enum atom_kind kind, const char *name, size_t size)
{
	truth_unknown(t);
	if (truth_of_constant(t, name, size) || size <= 7 || memcmp(name, "CONFIG_", 7) != 0)
		return;
	name += 7;
	size -= 7;
	if (kind == ATOM_Y && size > 7 && !memcmp(name + size - 7, "_MODULE", 7)) {
		kind = ATOM_M;
		size -= 7;
	}
	t->yes.exact = t->no.exact = true;
	condition_add(&t->yes, kind, false, name, size);
	condition_add(&t->no, kind, true, name, size);
}

static void parse_or(struct parser *p, struct truth *t);

/* Skips what stands in parentheses, from behind the first one. */
static void skip_group(struct parser *p)
{
	for (int depth = 1; p->c.at < p->c.end && depth; p->c.at++)
		depth += (*p->c.at == '(') - (*p->c.at == ')');
}

/* defined(NAME), defined NAME; from behind the word */
static void parse_defined(struct parser *p, struct truth *t)
{
	bool group = cursor_take(&p->c, "(");
	const char *name;
	size_t size = take_word(p, &name);

	truth_of_name(t, ATOM_Y, name, size);
	if (group)
		cursor_take(&p->c, ")");
}

/* IS_ENABLED(NAME) and its like; false: something else stands here. */
static bool parse_test(struct parser *p, const char *word, size_t size, struct truth *t)
{
	static const struct {
		const char *macro;
		enum atom_kind kind;
		bool exact;
	} tests[] = {
		{ "IS_ENABLED", ATOM_ON, true },     { "IS_BUILTIN", ATOM_Y, true },
		{ "IS_MODULE", ATOM_M, true },	     { "config_enabled", ATOM_Y, true },
		{ "IS_REACHABLE", ATOM_ON, false }, /* y, or m from a module */
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const char *name;
		size_t length;

		if (!is(word, size, tests[i].macro) || !cursor_take(&p->c, "("))
			continue;
		length = take_word(p, &name);
		truth_of_name(t, tests[i].kind, name, length);
		cursor_take(&p->c, ")");
		if (!tests[i].exact)
			t->no.exact = t->yes.exact = false;
		return true;
	}
	return false;
}

/* A plain CONFIG_X is a number that we do not know, like any other word. */
static void parse_word(struct parser *p, struct truth *t)
{
	const char *word;
	size_t size = take_word(p, &word);

	truth_unknown(t);
	if (is(word, size, "defined"))
		parse_defined(p, t);
	else if (parse_test(p, word, size, t))
		return;
	else if (size == 1 && (*word == '0' || *word == '1'))
		truth_constant(t, *word == '1');
	else if (cursor_take(&p->c, "("))
		skip_group(p);
}

static void parse_not(struct parser *p, struct truth *t)
{
	truth_unknown(t);
	if (p->depth > EXPRESSION_DEPTH_MAX) {
		p->c.at = p->c.end;
		return;
	}
	p->depth++;
	cursor_skip_blanks(&p->c);
	if (p->c.at + 1 < p->c.end && *p->c.at == '!' && p->c.at[1] != '=') {
		p->c.at++;
		parse_not(p, t);
		truth_swap(t);
	} else if (cursor_take(&p->c, "(")) {
		parse_or(p, t);
		if (!cursor_take(&p->c, ")"))
			skip_group(p);
	} else {
		parse_word(p, t);
	}
	p->depth--;
}

/* A comparison, or anything else that is not understood, makes the operand unknown. */
static void parse_operand(struct parser *p, struct truth *t)
{
	parse_not(p, t);
	cursor_skip_blanks(&p->c);
	while (p->c.at < p->c.end && *p->c.at != ')' && memcmp(p->c.at, "&&", 2) != 0 &&
	       memcmp(p->c.at, "||", 2) != 0) {
		truth_unknown(t);
		if (*p->c.at++ == '(')
			skip_group(p);
	}
}

static void parse_and(struct parser *p, struct truth *t)
{
	parse_operand(p, t);
	while (cursor_take(&p->c, "&&")) {
		struct truth other;

		parse_operand(p, &other);
		truth_and(t, &other);
	}
}

static void parse_or(struct parser *p, struct truth *t)
{
	parse_and(p, t);
	while (cursor_take(&p->c, "||")) {
		struct truth other;

		parse_and(p, &other);
		truth_swap(t);
		truth_swap(&other);
		truth_and(t, &other);
		truth_swap(t);
	}
}

void directive_parse(const char *text, size_t size, struct condition *yes, struct condition *no)
{
	/* with a NUL behind it, so that we can look at two bytes */
	CLEANUP(free_ptr) char *copy = xstrndup(text, size);
	struct parser p = { { copy, copy + strlen(copy) }, 0 };
	struct truth t;

	parse_or(&p, &t);
	cursor_skip_blanks(&p.c);
	if (p.c.at < p.c.end)
		truth_unknown(&t);
	*yes = t.yes;
	*no = t.no;
}

enum directive directive_apply(struct condition_stack *s, const char *text, size_t size)
{
	struct parser p = { { text, text + size }, 0 };
	struct truth t;
	const char *word, *name;
	size_t length = take_word(&p, &word), name_size;

	if (is(word, length, "if")) {
		directive_parse(p.c.at, (size_t)(p.c.end - p.c.at), &t.yes, &t.no);
		condition_push(s, &t.yes, &t.no);
		return DIRECTIVE_IF;
	}
	if (is(word, length, "ifdef") || is(word, length, "ifndef")) {
		name_size = take_word(&p, &name);
		truth_of_name(&t, ATOM_Y, name, name_size);
		if (is(word, length, "ifndef"))
			truth_swap(&t);
		condition_push(s, &t.yes, &t.no);
		return DIRECTIVE_IF;
	}
	if (is(word, length, "elif")) {
		directive_parse(p.c.at, (size_t)(p.c.end - p.c.at), &t.yes, &t.no);
		condition_next(s, &t.yes, &t.no);
		return DIRECTIVE_ELSE;
	}
	if (is(word, length, "else")) {
		condition_next(s, NULL, NULL);
		return DIRECTIVE_ELSE;
	}
	if (!is(word, length, "endif"))
		return DIRECTIVE_NONE;
	condition_pop(s);
	return DIRECTIVE_ENDIF;
}
