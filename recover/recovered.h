/* recovered: everything that we found out about a machine, before any of it is written.
 */
#ifndef RECOVER_RECOVERED_H
#define RECOVER_RECOVERED_H

#include "recover/kernel/kernel.h"
#include "recover/survey/survey.h"

struct recovery {
	struct memory *memory;
	bool surveyed; /* `survey` found the kernel, otherwise `scan` did */
	struct survey survey;
	struct scan scan;
	struct candidates candidates;
	struct kernel kernel;
	struct facts *identity, *boot; /* of the files `kernel` and `boot` */
	/* of the other files; btf, vmcoreinfo and module_map may be empty */
	struct buf ram_map, system_map, module_map, config_text, btf, vmcoreinfo, report;
};

#endif
