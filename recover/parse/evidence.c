#include "recover/parse/evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/escape.h"

void evidence_deinit(struct evidence *ev)
{
	for (size_t i = 0; i < ev->count; i++) {
		free(ev->claims[i].source);
		free(ev->claims[i].value);
	}
	ev->count = 0;
}

void evidence_add(struct evidence *ev, const char *source, const char *value)
{
	if (ev->count == EVIDENCE_CLAIMS) {
		ev->lost++;
		return;
	}
	ev->claims[ev->count].source = xstrdup(source);
	ev->claims[ev->count].value = xstrdup(value);
	ev->count++;
}

void evidence_add_hex(struct evidence *ev, const char *source, uint64_t value)
{
	CLEANUP(free_ptr) char *text = xasprintf("0x%" PRIx64, value);

	evidence_add(ev, source, text);
}

static void add_names(const struct evidence *ev, struct buf *b)
{
	for (size_t i = 0; i < ev->count; i++)
		buf_addf(b, "%s%s", i ? ", " : "", ev->claims[i].source);
}

static struct err *contradiction(const struct evidence *ev)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	for (size_t i = 0; i < ev->count; i++) {
		buf_addf(&text, "%s%s says ", i ? ", " : "", ev->claims[i].source);
		escape_text(&text, ev->claims[i].value, strlen(ev->claims[i].value));
	}
	return err_new(ERR_DATA, "%s: %s", ev->what, buf_str(&text));
}

struct err *evidence_settle(const struct evidence *ev, size_t need, const char **value,
			    char **sources)
{
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;

	for (size_t i = 1; i < ev->count; i++)
		if (strcmp(ev->claims[i].value, ev->claims[0].value))
			return contradiction(ev);
	if (ev->lost)
		return err_new(ERR_DATA, "%s: %zu sources too many", ev->what, ev->lost);
	add_names(ev, &names);
	if (!ev->count || ev->count < need)
		return err_new(ERR_ABSENT, "%s: needs %zu sources that agree, there %s %zu%s%s",
			       ev->what, need ? need : 1, ev->count == 1 ? "is" : "are", ev->count,
			       ev->count ? ": " : "", buf_str(&names));
	*value = ev->claims[0].value;
	*sources = xstrdup(buf_str(&names));
	return NULL;
}

struct err *evidence_settle_fact(const struct evidence *ev, size_t need, struct facts *facts)
{
	CLEANUP(free_ptr) char *sources = NULL;
	const char *value;
	struct err *e = evidence_settle(ev, need, &value, &sources);

	if (e)
		return e;
	facts_set(facts, ev->what, value, sources);
	return NULL;
}
