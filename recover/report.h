/* report: what the recovery found, where and how sure it is, for people.
 *
 * The same memory gives the same report, to the byte. Every text of the target in it
 * is escaped.
 */
#ifndef RECOVER_REPORT_H
#define RECOVER_REPORT_H

#include "recover/survey/survey.h"

/* The source, how much of it was read, and how often each needle was seen, where. */
void report_scan(struct buf *b, struct memory *m, const struct scan *scan);

/* Instead of it: what a survey took for RAM and why, and how much it had read by then. */
void report_survey(struct buf *b, const struct survey *s);

/* All candidates with what speaks for them; the chosen one is marked. */
void report_candidates(struct buf *b, const struct candidates *all, const struct candidate *chosen);

/* Where banners lie: the kernel's own, in its image, and copies elsewhere. */
void report_banners(struct buf *b, const struct kernel *k, const struct scan_hits *hits);

/* A heading, and the facts below it but for symbols. */
void report_facts(struct buf *b, const char *heading, const struct facts *facts);

/* "54.0 MiB" */
void report_size(struct buf *b, uint64_t bytes);

#endif
