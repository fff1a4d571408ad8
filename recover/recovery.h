/* recovery: finds out everything about a machine, by a search of its memory or by a survey.
 */
#ifndef RECOVER_RECOVERY_H
#define RECOVER_RECOVERY_H

#include "recover/recovered.h"

enum recovery_how {
	RECOVERY_BY_SOURCE, /* a survey of a live source that is not a file, a search of any other */
	RECOVERY_SURVEY,    /* a survey, and a search of a file if the survey fails */
	RECOVERY_SEARCH,
};

struct recovery_options {
	const char *uri;
	enum recovery_how how;
	const char *name; /* for the progress bar; NULL: none */
	bool verbose;	  /* say on stderr what takes how long */
};

/* Finds everything. The caller gives *ret to recovery_deinit(), also after an error.
 * Errors: those of memory_open(); ERR_ABSENT: there is no kernel, saying what was searched and why each
 * candidate failed; ERR_DATA: evidence contradicts itself, both sides are named; ERR_SYSTEM. */
struct err *recovery_run(const struct recovery_options *o, struct recovery *ret) MUST_CHECK;
void recovery_deinit(struct recovery *r);

#endif
