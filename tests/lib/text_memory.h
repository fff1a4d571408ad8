/* text_memory: a machine's memory made from text, so that a reader of a test sees what is in it.
 *
 *	struct memory *m = text_memory("ram 0x0-0x10000\n"
 *					"0x1000[511]: u64 0x2063   # entry 511 of a table\n"
 *					"0x3000: string \"swapper/0\"\n"
 *					"0x3010: u32 1 2 3\n"
 *					"0x4000: fill 4096 0xff\n");
 *
 * A line is `ADDRESS: KIND VALUES`; ADDRESS[I] is ADDRESS + 8 * I. u8, u16, u32 and u64 put numbers
 * one behind the other, `string` puts a text (with \n \t \0 \" \\ in it) without a NUL, and `fill`
 * puts SIZE bytes of VALUE. `ram` lines come first. '#' starts a comment. Bytes that no line
 * mentions are zero. Any other line, or an address outside the RAM, is a mistake of the test and
 * ends the program.
 */
#ifndef TESTS_LIB_TEXT_MEMORY_H
#define TESTS_LIB_TEXT_MEMORY_H

#include "memory/memory.h"

/* The caller owns it (memory_close()). Its uri is "text:". */
struct memory *text_memory(const char *text);

/* Puts more lines into it. */
void text_memory_put(struct memory *m, const char *text);
/* The same with a format, for one line or several. */
void text_memory_putf(struct memory *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
