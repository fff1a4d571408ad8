/* fake_qemu: a QMP monitor in a thread, which answers what a test wants it to answer.
 *
 *	struct fake_qemu *q = fake_qemu_start(path, NULL, script);
 *
 * It serves one client after another. Its guest's memory is dump_pattern(): pmemsave works.
 */
#ifndef TESTS_LIB_FAKE_QEMU_H
#define TESTS_LIB_FAKE_QEMU_H

/* The answer to the command of this name; the first one in a script counts. A command that is not
 * in the script is refused as QEMU refuses one that it does not know. */
struct fake_qemu_answer {
	const char *command;
	/* The answer behind {"id": N, such as "\"return\": {}}". "" closes the connection. A text
	 * that begins with '!' is sent without the '!', and without anything before it. */
	const char *text;
};

struct fake_qemu;

/* greeting: NULL: that of QEMU. A command of NULL ends script. Both outlive the monitor. */
struct fake_qemu *fake_qemu_start(const char *path, const char *greeting,
				  const struct fake_qemu_answer *script);
/* Ends the monitor and its connections. */
void fake_qemu_stop(struct fake_qemu *q);

#endif
