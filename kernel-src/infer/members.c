#include "kernel-src/infer/members.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "kernel-src/infer/c_text.h"
#include "kernel-src/infer/declarator.h"
#include "kernel-src/infer/directive.h"

/* The scanner keeps a stack of the braces that are open. The declaration in front of a brace says
 * what it opens: a structure, an enum, or something else, such as a function. Members are collected
 * in one list, those of the outermost structure first. When a structure with a tag ends, its members
 * are written out and dropped. A structure without a tag waits for the end of its declaration: with a
 * name in it the members are another structure's, without one they are those of the structure around
 * it. Wherever we are not sure, we mark the structure as unclear, and say only that it exists. */

#define SCOPES_MAX 64
#define MEMBERS_MAX 100000 /* of the structures that are open at a time */
#define NEVER SIZE_MAX

struct member {
	const char *name;
	size_t size;
	size_t condition; /* where its text begins in conditions; NEVER: it is not compiled */
	bool clear;	  /* its declaration was understood; false: this is a word of one that was not */
};

/* What stands in braces. */
struct scope {
	enum body_kind kind; /* BODY_OTHER: code, a table */
	const char *tag;
	size_t tag_size;
	size_t first;	  /* of members */
	size_t frames;	  /* conditionals around it */
	size_t condition; /* that they come to */
	bool is_typedef;
	bool unclear; /* its members are not all understood: we say nothing of them */
};

struct scanner {
	struct c_text text;
	struct scope scopes[SCOPES_MAX];
	size_t depth, lost; /* lost: how many more than the maximum are open */
	size_t saved[CONDITION_DEPTH_MAX]; /* depth where each #if began */
	struct declaration now; /* that is being read */
	bool mixed;		/* a conditional begins or ends in it */
	struct scope body;	/* the braces that it begins with, if these have no tag */
	struct member *members; /* of all scopes that are open, the outermost first */
	size_t count, capacity;
	struct condition_stack stack;
	struct buf conditions; /* texts, each with a NUL */
	size_t condition; /* of the place where we are, if condition_known */
	bool condition_known;
	size_t directives; /* preprocessor lines so far */
	char *guard;	   /* the macro of the file's first `#ifndef` */
	struct buf *out;
};

static struct scope *top(struct scanner *s)
{
	return s->depth ? &s->scopes[s->depth - 1] : NULL;
}

static enum body_kind top_kind(const struct scanner *s)
{
	return s->depth ? s->scopes[s->depth - 1].kind : BODY_OTHER;
}

static void begin_declaration(struct scanner *s)
{
	declaration_clear(&s->now);
	s->mixed = false;
	s->body = (struct scope){ 0 };
}

/* --- members ------------------------------------------------------------------------------ */

/* Where the text of the conditionals around us begins in conditions. */
static size_t condition_here(struct scanner *s)
{
	CLEANUP(free_ptr) struct condition *c = NULL;

	if (s->condition_known)
		return s->condition;
	c = xmalloc(sizeof(*c));
	condition_of_stack(&s->stack, c);
	s->condition_known = true;
	s->condition = NEVER;
	if (condition_is_never(c))
		return NEVER;
	s->condition = s->conditions.size;
	condition_format(c, &s->conditions);
	buf_add_char(&s->conditions, '\0');
	return s->condition;
}

static void add_member(struct scanner *s, const char *name, size_t size, bool clear)
{
	size_t condition;

	if (s->count == MEMBERS_MAX) {
		for (size_t i = 0; i < s->depth; i++)
			s->scopes[i].unclear = true;
		return;
	}
	condition = condition_here(s);
	*vec_add(s->members, s->count, s->capacity) = (struct member){ name, size, condition, clear };
}

static const char *condition_at(const struct scanner *s, size_t condition)
{
	return condition == NEVER ? "" : s->conditions.data + condition;
}

/* Writes the lines of one structure or enum; line: what the first begins with. Members follow if
 * any of them depends on options. */
static void emit(struct scanner *s, const struct scope *o, char line, const char *name, size_t size)
{
	bool depends = false;

	buf_addf(s->out, "%c %.*s%s\n", line, (int)size, name, condition_at(s, o->condition));
	for (size_t i = o->first; i < s->count; i++) {
		const char *condition = condition_at(s, s->members[i].condition);

		depends |= *condition && strcmp(condition, " ?") != 0;
	}
	if (!depends || o->unclear)
		return;
	for (size_t i = o->first; i < s->count; i++) {
		const struct member *m = &s->members[i];

		if (m->condition == NEVER)
			continue;
		buf_addf(s->out, "%c %.*s%s\n", m->clear ? 'm' : 'x', (int)m->size, m->name,
			 m->clear ? condition_at(s, m->condition) : "");
	}
}

/* --- declarations --------------------------------------------------------------------------- */

/* Of a declaration that was not understood: each of its words may be the name of a member. */
static void add_words(struct scanner *s)
{
	for (size_t i = 0; i < s->now.count; i++)
		if (s->now.tokens[i].kind == TOKEN_WORD)
			add_member(s, s->now.tokens[i].text, s->now.tokens[i].size, false);
}

static void not_understood(struct scanner *s)
{
	if (s->now.overflow)
		top(s)->unclear = true;
	if (s->body.kind != BODY_OTHER)
		for (size_t i = s->body.first; i < s->count; i++)
			s->members[i].clear = false;
	add_words(s);
}

static void end_of_structure_member(struct scanner *s)
{
	struct declarators found;

	if (s->mixed || !declaration_read(&s->now, &found)) {
		not_understood(s);
		return;
	}
	if (s->body.kind != BODY_OTHER && s->body.unclear)
		top(s)->unclear = true;
	if (s->body.kind != BODY_OTHER && found.count)
		s->count = s->body.first; /* it has a name: its members are not those of what is around it */
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

	if (s->body.kind == BODY_STRUCTURE && s->body.is_typedef &&
	    declaration_read(&s->now, &found) && found.count) {
		s->body.unclear |= s->mixed;
		emit(s, &s->body, 's', found.names[0]->text, found.names[0]->size);
	}
	s->count = s->depth ? top(s)->first : 0;
}

static void end_declaration(struct scanner *s)
{
	switch (top_kind(s)) {
	case BODY_ENUM:
		end_of_enumerator(s);
		break;
	case BODY_STRUCTURE:
		if (s->now.count)
			end_of_structure_member(s);
		break;
	case BODY_OTHER:
		end_of_typedef(s);
		break;
	}
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
	o.kind = declaration_opens(&s->now, &tag, &o.is_typedef);
	if (top_kind(s) != BODY_OTHER &&
	    (s->now.parens || s->body.kind != BODY_OTHER || o.kind == BODY_OTHER))
		top(s)->unclear = true;
	if (o.kind != BODY_OTHER && tag) {
		o.tag = tag->text;
		o.tag_size = tag->size;
	}
	o.unclear = o.kind != BODY_OTHER && (s->mixed || s->now.overflow);
	s->scopes[s->depth++] = o;
	begin_declaration(s);
}

/* What stands between the last `,` or `;` and the brace. */
static void end_of_scope(struct scanner *s)
{
	if (top_kind(s) == BODY_OTHER)
		return;
	if (top_kind(s) == BODY_ENUM)
		end_declaration(s);
	else if (!s->now.overflow && s->body.kind == BODY_OTHER)
		add_words(s); /* a macro */
	else
		top(s)->unclear = true;
}

/* Writes what ends here, if it has a name. False: a structure without one. */
static bool emit_scope(struct scanner *s, const struct scope *o)
{
	const struct member *first = s->count > o->first ? &s->members[o->first] : NULL;

	if (o->tag)
		emit(s, o, o->kind == BODY_ENUM ? 'e' : 's', o->tag, o->tag_size);
	else if (o->kind == BODY_STRUCTURE)
		return false;
	else if (first && first->clear)
		emit(s, o, 'a', first->name, first->size);
	return true;
}

static void close_scope(struct scanner *s)
{
	struct scope o;

	end_of_scope(s);
	o = *top(s);
	o.unclear |= o.frames != s->stack.depth;
	s->depth--;
	begin_declaration(s);
	if (o.kind != BODY_OTHER && !emit_scope(s, &o))
		s->body = o; /* what follows decides whose its members are */
	else
		s->count = o.first;
	if (o.kind != BODY_OTHER)
		declaration_add(&s->now, TOKEN_BODY, s->text.at, 1);
}

static void close_brace(struct scanner *s)
{
	if (s->text.line_start && s->depth > 1) { /* in the first column: the outermost ends */
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

/* Looks for the conditional around a whole header, which says nothing about options: forgets its
 * condition. */
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

/* Each branch begins in the braces that the #if stands in; behind the conditional, how the last one
 * ends counts. */
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
	enum directive kind;

	c_text_directive(&s->text, &line);
	kind = directive_apply(&s->stack, buf_str(&line), line.size);
	take_guard(s, buf_str(&line));
	s->condition_known = false;
	if (kind == DIRECTIVE_NONE) {
		const char *word = buf_str(&line) + strspn(buf_str(&line), " \t");

		if (top_kind(s) != BODY_OTHER && !strncmp(word, "include", 7))
			top(s)->unclear = true;
		if (!strncmp(word, "define", 6))
			take_macro(s, word);
		return;
	}
	s->mixed |= s->now.count || s->body.kind != BODY_OTHER;
	if (kind == DIRECTIVE_IF && depth < CONDITION_DEPTH_MAX)
		s->saved[depth] = s->depth;
	else if (kind == DIRECTIVE_ELSE)
		next_branch(s, depth);
}

/* --- tokens ------------------------------------------------------------------------------------- */

static void take_code(struct scanner *s)
{
	const char *at = s->text.at;
	size_t size = c_text_word(&s->text);
	enum body_kind inside = top_kind(s);

	if (size) {
		declaration_add(&s->now, isdigit((unsigned char)*at) ? TOKEN_OTHER : TOKEN_WORD, at, size);
		return;
	}
	if (*at == '{')
		open_brace(s);
	else if (*at == '}')
		close_brace(s);
	else if (!s->now.parens && (*at == ';' || (*at == ',' && inside == BODY_ENUM)))
		end_declaration(s);
	else if (*at == ';' && inside == BODY_OTHER)
		begin_declaration(s); /* between the parentheses of a `for` */
	else if (!isspace((unsigned char)*at))
		declaration_add_char(&s->now, at);
	c_text_pass(&s->text);
}

void members_scan(const char *text, size_t size, struct buf *b)
{
	CLEANUP(free_ptr) struct scanner *s = xcalloc(1, sizeof(*s));
	enum c_text_kind kind;

	s->text = c_text_of(text, size);
	s->out = b;
	while ((kind = c_text_next(&s->text)) != C_TEXT_END) {
		if (kind == C_TEXT_DIRECTIVE)
			take_directive(s);
		else
			take_code(s);
	}
	free(s->members);
	free(s->guard);
	buf_deinit(&s->conditions);
}
