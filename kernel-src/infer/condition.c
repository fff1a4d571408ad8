#include "kernel-src/infer/condition.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"

#define EXPRESSION_DEPTH_MAX 32

void condition_clear(struct condition *c)
{
	c->count = 0;
	c->exact = true;
}

void condition_add(struct condition *c, enum atom_kind kind, bool negated, const char *name,
		   size_t size)
{
	struct atom *a;

	if (c->count == CONDITION_ATOMS_MAX || size >= CONDITION_NAME_MAX) {
		c->exact = false;
		return;
	}
	for (size_t i = 0; i < c->count; i++) {
		a = &c->atoms[i];
		if (a->kind == kind && a->negated == negated && strlen(a->name) == size &&
		    !memcmp(a->name, name, size))
			return;
	}
	a = &c->atoms[c->count++];
	a->kind = kind;
	a->negated = negated;
	memcpy(a->name, name, size);
	a->name[size] = '\0';
}

bool condition_has(const struct condition *c, const struct atom *a)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].kind == a->kind && c->atoms[i].negated == a->negated &&
		    !strcmp(c->atoms[i].name, a->name))
			return true;
	return false;
}

void condition_and(struct condition *c, const struct condition *other)
{
	for (size_t i = 0; i < other->count; i++)
		condition_add(c, other->atoms[i].kind, other->atoms[i].negated, other->atoms[i].name,
			      strlen(other->atoms[i].name));
	c->exact = c->exact && other->exact;
}

/* --- expressions ------------------------------------------------------------------ */

struct parser {
	const char *at, *end;
	int depth;
};

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

static bool is_never(const struct condition *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].kind == ATOM_NEVER)
			return true;
	return false;
}

/* a = a && b; `||` is the same with yes and no swapped. */
static void truth_and(struct truth *a, const struct truth *b)
{
	if (is_never(&a->no)) {
		*a = *b;
		return;
	}
	if (is_never(&b->no))
		return;
	condition_and(&a->yes, &b->yes);
	condition_clear(&a->no);
	a->no.exact = false;
	if (is_never(&a->yes))
		truth_constant(a, false);
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end && isspace((unsigned char)*p->at))
		p->at++;
}

static bool take(struct parser *p, const char *text)
{
	size_t n = strlen(text);

	skip_blanks(p);
	if ((size_t)(p->end - p->at) < n || memcmp(p->at, text, n) != 0)
		return false;
	p->at += n;
	return true;
}

static size_t take_word(struct parser *p, const char **ret)
{
	skip_blanks(p);
	*ret = p->at;
	while (p->at < p->end && (isalnum((unsigned char)*p->at) || *p->at == '_'))
		p->at++;
	return (size_t)(p->at - *ret);
}

static bool is(const char *word, size_t size, const char *text)
{
	return size == strlen(text) && !memcmp(word, text, size);
}

/* Of a macro that is tested as `#ifdef NAME` or IS_ENABLED(NAME). */
static void truth_of_name(struct truth *t, enum atom_kind kind, const char *name, size_t size)
{
	/* in what a kernel image is compiled of */
	static const char *const undefined[] = { "MODULE", "__ASSEMBLY__", "__ASSEMBLER__", "__CHECKER__",
						 "__GENKSYMS__" };

	truth_unknown(t);
	for (size_t i = 0; i < sizeof(undefined) / sizeof(undefined[0]); i++) {
		if (is(name, size, undefined[i])) {
			truth_constant(t, false);
			return;
		}
	}
	if (is(name, size, "__KERNEL__")) {
		truth_constant(t, true);
		return;
	}
	if (size <= 7 || memcmp(name, "CONFIG_", 7) != 0)
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
	for (int depth = 1; p->at < p->end && depth; p->at++)
		depth += (*p->at == '(') - (*p->at == ')');
}

static void parse_word(struct parser *p, struct truth *t)
{
	static const struct {
		const char *macro;
		enum atom_kind kind;
	} tests[] = {
		{ "IS_ENABLED", ATOM_ON }, { "IS_BUILTIN", ATOM_Y }, { "IS_MODULE", ATOM_M },
		{ "IS_REACHABLE", ATOM_ON }, { "config_enabled", ATOM_Y },
	};
	const char *word, *name;
	size_t size = take_word(p, &word), length;

	truth_unknown(t);
	if (is(word, size, "defined")) {
		bool group = take(p, "(");

		length = take_word(p, &name);
		truth_of_name(t, ATOM_Y, name, length);
		if (group)
			take(p, ")");
		return;
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (is(word, size, tests[i].macro) && take(p, "(")) {
			length = take_word(p, &name);
			truth_of_name(t, tests[i].kind, name, length);
			take(p, ")");
			if (is(word, size, "IS_REACHABLE")) /* y, or m from a module */
				t->no.exact = t->yes.exact = false;
			return;
		}
	}
	if (size == 1 && (*word == '0' || *word == '1'))
		truth_constant(t, *word == '1');
	else if (take(p, "("))
		skip_group(p);
	else if (size > 7 && !memcmp(word, "CONFIG_", 7))
		truth_of_name(t, ATOM_Y, word, size), t->no.exact = t->yes.exact = false,
			t->no.count = t->yes.count = 0;
}

static void parse_not(struct parser *p, struct truth *t)
{
	truth_unknown(t);
	if (p->depth > EXPRESSION_DEPTH_MAX) {
		p->at = p->end;
		return;
	}
	p->depth++;
	skip_blanks(p);
	if (p->at + 1 < p->end && *p->at == '!' && p->at[1] != '=') {
		p->at++;
		parse_not(p, t);
		truth_swap(t);
	} else if (take(p, "(")) {
		parse_or(p, t);
		if (!take(p, ")"))
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
	skip_blanks(p);
	while (p->at < p->end && *p->at != ')' && memcmp(p->at, "&&", 2) != 0 &&
	       memcmp(p->at, "||", 2) != 0) {
		truth_unknown(t);
		if (*p->at++ == '(')
			skip_group(p);
	}
}

static void parse_and(struct parser *p, struct truth *t)
{
	parse_operand(p, t);
	while (take(p, "&&")) {
		struct truth other;

		parse_operand(p, &other);
		truth_and(t, &other);
	}
}

static void parse_or(struct parser *p, struct truth *t)
{
	parse_and(p, t);
	while (take(p, "||")) {
		struct truth other;

		parse_and(p, &other);
		truth_swap(t);
		truth_swap(&other);
		truth_and(t, &other);
		truth_swap(t);
	}
}

void condition_parse(const char *text, size_t size, struct condition *yes, struct condition *no)
{
	CLEANUP(free_ptr) char *copy = xstrndup(text, size); /* NUL behind it: two bytes can be looked at */
	struct parser p = { copy, copy + strlen(copy), 0 };
	struct truth t;

	parse_or(&p, &t);
	skip_blanks(&p);
	if (p.at < p.end)
		truth_unknown(&t);
	*yes = t.yes;
	*no = t.no;
}

/* --- text -------------------------------------------------------------------------- */

void condition_format(const struct condition *c, struct buf *b)
{
	static const char *const suffix[] = {
		[ATOM_Y] = "", [ATOM_ON] = "+", [ATOM_M] = "=m", [ATOM_NEVER] = "0",
	};

	for (size_t i = 0; i < c->count; i++)
		buf_addf(b, " %s%s%s", c->atoms[i].negated ? "!" : "", c->atoms[i].name,
			 suffix[c->atoms[i].kind]);
	if (!c->exact)
		buf_add_str(b, " ?");
}

void condition_read(const char *text, size_t size, struct condition *ret)
{
	const char *end = text + size;

	condition_clear(ret);
	while (text < end) {
		const char *start = text;
		bool negated = false;
		size_t n;

		while (text < end && *text != ' ')
			text++;
		n = (size_t)(text - start);
		text++;
		if (n && *start == '!') {
			negated = true;
			start++;
			n--;
		}
		if (!n)
			continue;
		if (n == 1 && *start == '?')
			ret->exact = false;
		else if (n == 1 && *start == '0')
			condition_add(ret, ATOM_NEVER, negated, "", 0);
		else if (start[n - 1] == '+')
			condition_add(ret, ATOM_ON, negated, start, n - 1);
		else if (n > 2 && !memcmp(start + n - 2, "=m", 2))
			condition_add(ret, ATOM_M, negated, start, n - 2);
		else
			condition_add(ret, ATOM_Y, negated, start, n);
	}
}

/* --- around a place in a file --------------------------------------------------------- */

static void push(struct condition_stack *s, const struct condition *yes, const struct condition *no)
{
	if (s->depth == CONDITION_DEPTH_MAX) {
		s->lost++;
		return;
	}
	s->frames[s->depth].here = *yes;
	s->frames[s->depth].rest = *no;
	s->depth++;
}

static void next_branch(struct condition_stack *s, const struct condition *yes,
			const struct condition *no)
{
	if (s->lost || !s->depth)
		return;
	s->frames[s->depth - 1].here = s->frames[s->depth - 1].rest;
	if (yes) {
		condition_and(&s->frames[s->depth - 1].here, yes);
		condition_and(&s->frames[s->depth - 1].rest, no);
	}
}

enum condition_directive condition_directive(struct condition_stack *s, const char *text,
					     size_t size)
{
	struct parser p = { text, text + size, 0 };
	struct condition yes, no;
	const char *word, *name;
	size_t length = take_word(&p, &word);
	struct truth t;

	if (is(word, length, "if") || is(word, length, "elif")) {
		condition_parse(p.at, (size_t)(p.end - p.at), &yes, &no);
		if (length == 4)
			next_branch(s, &yes, &no);
		else
			push(s, &yes, &no);
		return length == 4 ? DIRECTIVE_ELSE : DIRECTIVE_IF;
	}
	if (is(word, length, "ifdef") || is(word, length, "ifndef")) {
		size_t n = take_word(&p, &name);

		truth_of_name(&t, ATOM_Y, name, n);
		if (length == 6)
			truth_swap(&t);
		push(s, &t.yes, &t.no);
		return DIRECTIVE_IF;
	}
	if (is(word, length, "else")) {
		next_branch(s, NULL, NULL);
		return DIRECTIVE_ELSE;
	}
	if (!is(word, length, "endif"))
		return DIRECTIVE_NONE;
	if (s->lost)
		s->lost--;
	else if (s->depth)
		s->depth--;
	return DIRECTIVE_ENDIF;
}

void condition_of_frames(const struct condition_stack *s, size_t depth, struct condition *ret)
{
	condition_clear(ret);
	for (size_t i = 0; i < depth && i < s->depth; i++)
		condition_and(ret, &s->frames[i].here);
	if (s->lost || depth < s->depth)
		ret->exact = false;
}

void condition_of_stack(const struct condition_stack *s, struct condition *ret)
{
	condition_of_frames(s, s->depth, ret);
}
