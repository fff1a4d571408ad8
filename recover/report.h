/* report: what the recovery found, where, and how sure it is, for people.
 *
 * The same memory gives the same report, to the byte. Every text of the target is escaped.
 */
#ifndef RECOVER_REPORT_H
#define RECOVER_REPORT_H

#include "recover/survey/survey.h"

/* The source, how much of it was read, and how often each needle was seen, where. */
void report_scan(struct buf *b, struct memory *m, const struct scan *scan);

/* Instead of that, for a survey: what it took for RAM, and why. */
void report_survey(struct buf *b, const struct survey *s);

/* All candidates with what speaks for each; marks the chosen one. */
void report_candidates(struct buf *b, const struct candidates *all, const struct candidate *chosen);

/* Where banners lie: the kernel's own, copies in its image, and copies elsewhere. */
void report_banners(struct buf *b, const struct kernel *k, const struct scan_hits *hits);

/* A heading, and below it the facts except symbols. */
void report_facts(struct buf *b, const char *heading, const struct facts *facts);

/* "54.0 MiB" */
void report_size(struct buf *b, uint64_t bytes);

#endif
