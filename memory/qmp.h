/* qmp: talks to QEMU's monitor over a Unix socket, one command at a time.
 *
 * Shape: a line of JSON each way. QEMU greets with {"QMP": ...}; an answer has
 * "return" or "error", and the "id" of its command; lines with "event" come in
 * between. Source: QEMU docs/interop/qmp-spec.txt.
 */
#ifndef MEMORY_QMP_H
#define MEMORY_QMP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/json.h"

#define QMP_LINE_MAX (16u << 20) /* bytes of an answer */

struct qmp;

/* Errors: ERR_SYSTEM (no socket, nobody answers: another client may hold it), ERR_DATA (who
 * answers is no QEMU). */
struct err *qmp_open(const char *path, struct qmp **ret) MUST_CHECK;
void qmp_close(struct qmp *q);
static inline void qmp_closep(struct qmp **q)
{
	qmp_close(*q);
}

/* Executes a command; arguments: a JSON object, or NULL. *ret: what it returned, in place
 * until the next call. Errors: ERR_ABSENT (QEMU refuses; its own words), ERR_SYSTEM (QEMU has
 * gone, or does not answer in time), ERR_DATA (nonsense). */
struct err *qmp_execute(struct qmp *q, const char *command, const char *arguments,
			struct json *ret) MUST_CHECK;
/* The text that a command for people prints, after b. Errors: as above. */
struct err *qmp_human(struct qmp *q, const char *command, struct buf *b) MUST_CHECK;

/* Errors: ERR_SYSTEM when QEMU has gone. Several threads may ask at a time. */
struct err *qmp_check(const struct qmp *q) MUST_CHECK;

/* The process at the other end, 0 when not known, and whose it is. */
pid_t qmp_peer(const struct qmp *q, uid_t *uid);

#endif
