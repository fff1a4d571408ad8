/* recovery: everything that is found out about a machine, before any of it is written.
 */
#ifndef RECOVER_RECOVERY_H
#define RECOVER_RECOVERY_H

#include "recover/kernel/kernel.h"
#include "recover/survey/survey.h"

struct recovery {
	struct memory *memory;
	bool surveyed; /* by `survey`, otherwise by `scan` */
	struct survey survey;
	struct scan scan;
	struct candidates candidates;
	struct kernel kernel;
	struct facts *identity, *boot; /* the files `kernel` and `boot` */
	/* the other files; btf, vmcoreinfo and module_map may be empty */
	struct buf ram_map, system_map, module_map, config_text, btf, vmcoreinfo, report;
};

enum recovery_how {
	RECOVERY_BY_SOURCE, /* a survey of what is live and no file, a search of all else */
	RECOVERY_SURVEY,    /* and a search of a file where that fails */
	RECOVERY_SEARCH,
};

struct recovery_options {
	const char *uri;
	enum recovery_how how;
	const char *name; /* for the progress bar; NULL: none */
	bool verbose;	  /* says on stderr what takes how long */
};

/* Finds everything. *ret is to be given to recovery_deinit(), also after an error.
 * Errors: those of memory_open(); ERR_ABSENT: no kernel, saying what was searched and why each
 * candidate failed; ERR_DATA: evidence that contradicts itself, both sides named; ERR_SYSTEM. */
struct err *recovery_run(const struct recovery_options *o, struct recovery *ret) MUST_CHECK;
void recovery_deinit(struct recovery *r);

/* Internal to it: finds the configuration, once the kernel is settled; that there is none is said in
 * config_text. Errors: ERR_SYSTEM. */
struct err *recovery_find_config(struct recovery *r) MUST_CHECK;

#endif
