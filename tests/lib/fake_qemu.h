/* fake_qemu: a QMP monitor in a thread, which says what a test wants it to say.
 *
 *	struct fake_qemu *q = fake_qemu_start(path, NULL, script);
 *
 * It serves one client after another. Its guest's memory is dump_pattern(): pmemsave works.
 */
#ifndef TESTS_LIB_FAKE_QEMU_H
#define TESTS_LIB_FAKE_QEMU_H

/* Answers to a command, by its name; the first that fits. A command that is not in the
 * script is refused as QEMU refuses what it does not know. */
struct fake_qemu_answer {
	const char *command;
	/* What stands behind {"id": N, : "\"return\": {}}". "" closes the connection; text that begins
	 * with '!' is sent as it stands behind it. */
	const char *text;
};

struct fake_qemu;

/* greeting: NULL: QEMU's. script ends with a command of NULL. Both outlive it. */
struct fake_qemu *fake_qemu_start(const char *path, const char *greeting,
				  const struct fake_qemu_answer *script);
/* Ends it, with its clients. */
void fake_qemu_stop(struct fake_qemu *q);

#endif
