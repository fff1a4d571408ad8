#include "tests/lib/unit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/infer/definitions.h"

static void check(const char *text, const char *expected)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	CLEANUP(free_ptr) char *whole = xasprintf("F a.c\n%s", expected);

	definitions_scan("a.c", text, strlen(text), &b);
	assert_string_equal(buf_str(&b), whole);
}

static void functions(void **state)
{
	(void)state;
	check("int f(void)\n{\n\treturn g(1);\n}\n", "T f\n");
	check("static int __init f(struct a *b)\n{\n}\n", "t f\n");
	check("void __weak f(void) {}\n", "W f\n");
	check("void f(void) __releases(lock)\n{\n}\n", "T f\n");
	check("__attribute__((used)) void f(void)\n{\n}\n", "T f\n");
	check("static inline int f(void)\n{\n}\n", "");
	check("int f(void);\nextern int g;\n", "");
	check("SYSCALL_DEFINE2(open, const char *, a, int, b)\n{\n}\n", "T sys_open\n");
	check("struct a {\n\tint (*f)(void);\n};\nint g(void) { }", "T g\n");
	check("typedef int (*f)(void);\nEXPORT_SYMBOL(x);\nmodule_init(y);\n", "");
	check("static const struct ops o = {\n\t.f = g,\n};\n", "d o\n");
	check("int f(void)\n{\n\tchar c = '{';\n\tchar *s = \"}\\\"{\"; /* { */ // {\n}\nint g(void) {}\n",
	      "T f\nT g\n");
}

static void variables(void **state)
{
	(void)state;
	check("int a;\nstatic long b[4];\nunsigned long c = 1;\n", "D a\nd b\nD c\n");
	check("DEFINE_PER_CPU(struct rq, runqueues);\nDEFINE_SPINLOCK(l);\n", "D runqueues\n");
	check("typedef int t;\nstruct s;\nextern int e;\n", "");
}

static void conditions(void **state)
{
	(void)state;
	check("#ifdef CONFIG_A\nint f(void) {}\n#else\nint g(void) {}\n#endif\nint h(void) {}\n",
	      "T f A\nT g !A\nT h\n");
	check("#if defined(CONFIG_A) && \\\n\tdefined(CONFIG_B) /* why */\nint f(void) {}\n#endif\n",
	      "T f A B\n");
	check("#if 0\nint f(void) {}\n#endif\n#ifdef MODULE\nint g(void) {}\n#endif\n", "");
	/* braces that differ by branch */
	check("int f(void)\n{\n#ifdef CONFIG_A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n}\nint g(void) {}\n",
	      "T f\nT g\n");
	/* what begins outside is there in each branch; what both branches begin is there behind them */
	check("int a =\n#ifdef CONFIG_A\n\t1;\n#else\n\t2;\n#endif\nint b;\n", "D a ?\nD b\n");
	check("#ifdef CONFIG_A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n}\nint b;\n", "T f\nD b\n");
	check("#ifdef CONFIG_B\nint f(int a\n#ifdef CONFIG_A\n\t, int b\n#endif\n\t)\n{\n}\n#endif\n", "T f B\n");
	check("#ifdef CONFIG_A\n#include \"b.c\"\n#endif\n#include \"c.h\"\n#include <d.c>\n", "I b.c A\n");
}

static void nonsense_is_survived(void **state)
{
	static const char *const texts[] = {
		"", "{", "}", "((((", "))))", "#", "#if", "#endif\n#endif\n#else", "/*", "\"", "'", "\\",
		"int f(", "= = = ;", "}}}}}} int a;", "/", "#include \"", "SYSCALL_DEFINE1(", "\0\0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		/* at the very end of its memory */
		CLEANUP(free_ptr) char *copy = xmalloc(strlen(texts[i]) + !*texts[i]);

		memcpy(copy, texts[i], strlen(texts[i]));
		definitions_scan("a.c", copy, strlen(texts[i]), &b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions),
		cmocka_unit_test(variables),
		cmocka_unit_test(conditions),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
