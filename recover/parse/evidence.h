/* evidence: which source says what about one value.
 *
 * One source makes a candidate. Two that agree make a fact. Two that disagree are an error that
 * names both.
 *
 *	CLEANUP(evidence_deinit) struct evidence levels = { .what = "levels" };
 *
 *	evidence_add(&levels, "trampoline", "4");
 *	evidence_add(&levels, "vmcoreinfo", "4");
 *	e = evidence_settle(&levels, 2, &value, &sources);	"4", "trampoline, vmcoreinfo"
 */
#ifndef RECOVER_PARSE_EVIDENCE_H
#define RECOVER_PARSE_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/facts.h"

#define EVIDENCE_CLAIMS 12

struct evidence {
	const char *what; /* the value's name */
	struct {
		char *source, *value;
	} claims[EVIDENCE_CLAIMS];
	size_t count;
	size_t lost; /* claims that found no place; with any of them nothing can be settled */
};

void evidence_deinit(struct evidence *ev);
void evidence_add(struct evidence *ev, const char *source, const char *value);
void evidence_add_hex(struct evidence *ev, const char *source, uint64_t value);

/* *value: what all sources say; ev owns it. *sources: their names, "trampoline, vmcoreinfo"; the
 * caller owns them.
 * Errors: ERR_ABSENT: there are fewer than `need` claims, naming them; ERR_DATA: "levels: trampoline
 * says 4, vmcoreinfo says 5"; there are more than EVIDENCE_CLAIMS. */
struct err *evidence_settle(const struct evidence *ev, size_t need, const char **value,
			    char **sources) MUST_CHECK;

/* Settles the value and sets it in `facts`, under the name ev->what. Errors: as above. */
struct err *evidence_settle_fact(const struct evidence *ev, size_t need,
				 struct facts *facts) MUST_CHECK;

#endif
