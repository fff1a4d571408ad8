/* recovery_config: the configuration: the one that the kernel carries along, or else its text in the page
 * cache.
 */
#ifndef RECOVER_RECOVERY_CONFIG_H
#define RECOVER_RECOVERY_CONFIG_H

#include "recover/recovered.h"

/* Fills in r->config_text, once the kernel is settled. If there is no configuration, the text says so.
 * Errors: ERR_SYSTEM. */
struct err *recovery_find_config(struct recovery *r) MUST_CHECK;

#endif
