#include "kernel-src/infer/members.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "kernel-src/infer/c_text.h"
#include "kernel-src/infer/condition.h"
#include "kernel-src/infer/declarator.h"

#define SCOPES_MAX 64
#define MEMBERS_MAX 100000 /* of what is open at a time */
#define NEVER SIZE_MAX

struct member {
	const char *name;
	size_t size;
	size_t condition; /* where its text begins in conditions; NEVER: there is none such */
	bool clear;
};

/* What stands in braces. */
struct scope {
	char kind; /* 's', 'e', 0: code, a table */
	const char *tag;
	size_t tag_size;
	size_t first;	  /* of members */
	size_t frames;	  /* conditionals around it */
	size_t condition; /* that they come to */
	bool is_typedef, unclear;
};

struct scanner {
	const char *at, *end;
	bool line_start;
	struct scope scopes[SCOPES_MAX];
	size_t depth, lost; /* lost: deeper than the maximum */
	size_t saved[CONDITION_DEPTH_MAX]; /* depth where each #if began */
	struct declaration now; /* that is being read */
	bool mixed;		/* a conditional begins or ends in it */
	struct scope body;	/* what it begins with, if that has no tag */
	struct member *members;
	size_t count, capacity;
	struct condition_stack stack;
	struct buf conditions; /* texts, each with a NUL */
	size_t condition;
	bool condition_known;
	size_t directives;
	char *guard;
	struct buf *out;
};

static struct scope *top(struct scanner *s)
{
	return s->depth ? &s->scopes[s->depth - 1] : NULL;
}

static void begin_declaration(struct scanner *s)
{
	s->now.count = 0;
	s->now.parens = 0;
	s->now.overflow = false;
	s->mixed = false;
	s->body = (struct scope){ 0 };
}

/* --- members ------------------------------------------------------------------------------ */

static size_t condition_here(struct scanner *s)
{
	CLEANUP(free_ptr) struct condition *c = NULL;

	if (s->condition_known)
		return s->condition;
	c = xmalloc(sizeof(*c));
	condition_of_stack(&s->stack, c);
	s->condition_known = true;
	s->condition = s->conditions.size;
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].kind == ATOM_NEVER)
			s->condition = NEVER;
	if (s->condition != NEVER) {
		condition_format(c, &s->conditions);
		buf_add_char(&s->conditions, '\0');
	}
	return s->condition;
}

static void add_member(struct scanner *s, const char *name, size_t size, bool clear)
{
	if (s->count == MEMBERS_MAX) {
		for (size_t i = 0; i < s->depth; i++)
			s->scopes[i].unclear = true;
		return;
	}
	if (s->count == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 1024;
		s->members = xrealloc(s->members, s->capacity, sizeof(*s->members));
	}
	s->members[s->count++] = (struct member){ name, size, condition_here(s), clear };
}

static const char *condition_at(const struct scanner *s, size_t condition)
{
	return condition == NEVER ? "" : s->conditions.data + condition;
}

static void emit(struct scanner *s, const struct scope *o, char kind, const char *name, size_t size)
{
	bool depends = false;

	buf_addf(s->out, "%c %.*s%s\n", kind, (int)size, name, condition_at(s, o->condition));
	for (size_t i = o->first; i < s->count; i++) {
		const char *condition = condition_at(s, s->members[i].condition);

		depends |= *condition && strcmp(condition, " ?") != 0;
	}
	for (size_t i = o->first; depends && !o->unclear && i < s->count; i++) {
		const struct member *m = &s->members[i];

		if (m->condition == NEVER)
			continue;
		buf_addf(s->out, "%c %.*s%s\n", m->clear ? 'm' : 'x', (int)m->size, m->name,
			 m->clear ? condition_at(s, m->condition) : "");
	}
}

/* --- declarations --------------------------------------------------------------------------- */

static void add_words(struct scanner *s)
{
	for (size_t i = 0; i < s->now.count; i++)
		if (s->now.tokens[i].kind == TOKEN_WORD)
			add_member(s, s->now.tokens[i].text, s->now.tokens[i].size, false);
}

static void end_of_structure_member(struct scanner *s)
{
	struct declarators found;
	bool understood = !s->mixed && declaration_read(&s->now, &found);

	if (!understood) {
		if (s->now.overflow)
			top(s)->unclear = true;
		if (s->body.kind)
			for (size_t i = s->body.first; i < s->count; i++)
				s->members[i].clear = false;
		add_words(s);
		return;
	}
	if (s->body.kind && s->body.unclear)
		top(s)->unclear = true;
	if (s->body.kind && found.count)
		s->count = s->body.first; /* it has a name: they are no members of what is around it */
	for (size_t i = 0; i < found.count; i++)
		add_member(s, found.names[i]->text, found.names[i]->size, true);
}

static void end_of_enumerator(struct scanner *s)
{
	const struct token *t = s->now.tokens;

	if (!s->now.count)
		return;
	if (s->mixed || s->now.overflow || t->kind != TOKEN_WORD ||
	    (s->now.count > 1 && t[1].kind != TOKEN_ASSIGN))
		add_words(s);
	else
		add_member(s, t->text, t->size, true);
}

static void end_of_typedef(struct scanner *s)
{
	struct declarators found;

	if (s->body.kind == 's' && s->body.is_typedef && declaration_read(&s->now, &found) && found.count) {
		s->body.unclear |= s->mixed;
		emit(s, &s->body, 's', found.names[0]->text, found.names[0]->size);
	}
	s->count = s->depth ? top(s)->first : 0;
}

static void end_declaration(struct scanner *s)
{
	char kind = s->depth ? top(s)->kind : 0;

	if (kind == 'e')
		end_of_enumerator(s);
	else if (kind == 's' && s->now.count)
		end_of_structure_member(s);
	else if (!kind)
		end_of_typedef(s);
	begin_declaration(s);
}

/* --- braces ----------------------------------------------------------------------------------- */

static void open_brace(struct scanner *s)
{
	struct scope o = { .first = s->count, .frames = s->stack.depth, .condition = condition_here(s) };
	const struct token *tag = NULL;

	if (s->depth == SCOPES_MAX) {
		s->lost++;
		return;
	}
	if (s->depth && top(s)->kind && (s->now.parens || s->body.kind))
		top(s)->unclear = true;
	o.kind = declaration_opens(&s->now, &tag, &o.is_typedef);
	if (!o.kind && s->depth && top(s)->kind)
		top(s)->unclear = true;
	if (o.kind && tag) {
		o.tag = tag->text;
		o.tag_size = tag->size;
	}
	o.unclear = o.kind && (s->mixed || s->now.overflow);
	s->scopes[s->depth++] = o;
	begin_declaration(s);
}

static void close_scope(struct scanner *s)
{
	struct scope o;
	size_t first = top(s)->first;

	if (top(s)->kind == 'e')
		end_declaration(s);
	else if (top(s)->kind && !s->now.overflow && !s->body.kind)
		add_words(s); /* a macro */
	else if (top(s)->kind)
		top(s)->unclear = true;
	o = *top(s);
	o.unclear |= o.frames != s->stack.depth;
	s->depth--;
	begin_declaration(s);
	if (o.kind && o.tag) {
		emit(s, &o, o.kind, o.tag, o.tag_size);
	} else if (o.kind == 'e') {
		if (s->count > first && s->members[first].clear)
			emit(s, &o, 'a', s->members[first].name, s->members[first].size);
	} else if (o.kind) {
		s->body = o;
	}
	if (!s->body.kind)
		s->count = first;
	if (o.kind)
		declaration_add(&s->now, TOKEN_BODY, s->at, 1);
}

static void close_brace(struct scanner *s)
{
	if (s->line_start && s->depth > 1) { /* in the first column: of the outermost */
		s->lost = 0;
		while (s->depth > 1) {
			top(s)->unclear = true;
			close_scope(s);
		}
		top(s)->unclear = true;
		begin_declaration(s);
	}
	if (s->lost)
		s->lost--;
	else if (s->depth)
		close_scope(s);
}

/* --- conditionals -------------------------------------------------------------------------------- */

/* What surrounds a whole header says nothing about options. */
static void take_guard(struct scanner *s, const char *line)
{
	char word[16], name[128];

	s->directives++;
	if (s->directives > 2 || sscanf(line, " %15s %127s", word, name) != 2)
		return;
	if (s->directives == 1 && !strcmp(word, "ifndef") && strncmp(name, "CONFIG_", 7) != 0)
		s->guard = xstrdup(name);
	else if (s->directives == 2 && s->guard && !strcmp(word, "define") && !strcmp(name, s->guard) &&
		 s->stack.depth == 1)
		condition_clear(&s->stack.frames[0].here);
}

/* Each branch begins in the braces that its #if began in; how the first one ends is what counts. */
static void next_branch(struct scanner *s, size_t depth)
{
	size_t before = depth && depth <= CONDITION_DEPTH_MAX ? s->saved[depth - 1] : s->depth;

	while (s->depth > before) {
		top(s)->unclear = true;
		close_scope(s);
		begin_declaration(s);
	}
	while (s->depth < before && s->depth < SCOPES_MAX)
		s->scopes[s->depth++] = (struct scope){ .first = s->count, .condition = NEVER };
}

/* `#define CLOCK_MODES CLOCK_TSC, CLOCK_PAGE` */
static void take_macro(struct scanner *s, const char *line)
{
	size_t name = 0;
	int parens = 0;

	line += 6 + strspn(line + 6, " \t");
	while (isalnum((unsigned char)line[name]) || line[name] == '_')
		name++;
	if (!name || line[name] == '(')
		return;
	for (const char *at = line + name; *at; at++) {
		parens += (*at == '(') - (*at == ')');
		if (*at == ',' && !parens) {
			buf_addf(s->out, "p %.*s\n", (int)name, line);
			return;
		}
	}
}

static void take_directive(struct scanner *s)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
	size_t depth = s->stack.depth;
	enum condition_directive kind;

	s->at = c_text_directive(s->at, s->end, &line);
	kind = condition_directive(&s->stack, buf_str(&line), line.size);
	take_guard(s, buf_str(&line));
	s->condition_known = false;
	if (kind == DIRECTIVE_NONE) {
		const char *word = buf_str(&line) + strspn(buf_str(&line), " \t");

		if (s->depth && top(s)->kind && !strncmp(word, "include", 7))
			top(s)->unclear = true;
		if (!strncmp(word, "define", 6))
			take_macro(s, word);
		return;
	}
	s->mixed |= s->now.count || s->body.kind;
	if (kind == DIRECTIVE_IF && depth < CONDITION_DEPTH_MAX)
		s->saved[depth] = s->depth;
	else if (kind == DIRECTIVE_ELSE)
		next_branch(s, depth);
}

/* --- tokens ------------------------------------------------------------------------------------- */

static void take_word(struct scanner *s)
{
	const char *start = s->at;

	while (s->at < s->end && (isalnum((unsigned char)*s->at) || *s->at == '_'))
		s->at++;
	declaration_add(&s->now, isdigit((unsigned char)*start) ? TOKEN_OTHER : TOKEN_WORD, start,
			(size_t)(s->at - start));
}

static void take_char(struct scanner *s)
{
	char c = *s->at;

	if (isalnum((unsigned char)c) || c == '_') {
		take_word(s);
		return;
	}
	if (c == '{')
		open_brace(s);
	else if (c == '}')
		close_brace(s);
	else if (!s->now.parens && (c == ';' || (c == ',' && s->depth && top(s)->kind == 'e')))
		end_declaration(s);
	else if (c == ';' && !(s->depth && top(s)->kind))
		begin_declaration(s); /* of a for */
	else if (!isspace((unsigned char)c))
		declaration_add_char(&s->now, s->at);
	s->at++;
}

void members_scan(const char *text, size_t size, struct buf *b)
{
	CLEANUP(free_ptr) struct scanner *s = xcalloc(1, sizeof(*s));

	s->at = text;
	s->end = text + size;
	s->line_start = true;
	s->out = b;
	while (s->at < s->end) {
		const char *behind;
		char c = *s->at;

		if (c == '\n') {
			s->line_start = true;
			s->at++;
			continue;
		}
		if (c == '#' && (s->line_start || isspace((unsigned char)s->at[-1]))) {
			take_directive(s);
			continue;
		}
		behind = c_text_skip(s->at, s->end);
		if (behind > s->at)
			s->at = behind;
		else
			take_char(s);
		s->line_start = false;
	}
	free(s->members);
	free(s->guard);
	buf_deinit(&s->conditions);
}
