/* qmp: talks to QEMU's monitor over a Unix socket, one command at a time.
 *
 * Shape: a line of JSON each way. QEMU greets us with {"QMP": ...}. An answer has "return" or
 * "error", and the "id" of its command. Lines with "event" come in between.
 * Source: QEMU docs/interop/qmp-spec.txt.
 */
#ifndef MEMORY_QMP_H
#define MEMORY_QMP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/json.h"

#define QMP_LINE_MAX (16u << 20) /* bytes of an answer */

struct qmp;

/* Errors: ERR_SYSTEM (no socket; no answer, as when another client holds the monitor); ERR_DATA (it
 * is not QEMU that answers). */
struct err *qmp_open(const char *path, struct qmp **ret) MUST_CHECK;
void qmp_close(struct qmp *q);
static inline void qmp_closep(struct qmp **q)
{
	qmp_close(*q);
}

/* Executes a command; arguments: a JSON object, or NULL. *ret: what the command returned, which is
 * good until the next call. Errors: ERR_ABSENT (QEMU refuses, in its own words); ERR_SYSTEM (QEMU
 * is gone, or does not answer in time); ERR_DATA (the answer makes no sense). */
struct err *qmp_execute(struct qmp *q, const char *command, const char *arguments,
			struct json *ret) MUST_CHECK;
/* Appends to b what a command for people prints. Errors: as above. */
struct err *qmp_human(struct qmp *q, const char *command, struct buf *b) MUST_CHECK;

/* Errors: ERR_SYSTEM: QEMU is gone. Several threads may call it at a time. */
struct err *qmp_check(const struct qmp *q) MUST_CHECK;

/* The process at the other end, and its user; 0: not known. */
pid_t qmp_peer(const struct qmp *q, uid_t *uid);

#endif
