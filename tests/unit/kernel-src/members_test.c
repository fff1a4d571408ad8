#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/infer/members.h"

static void check(const char *text, const char *expected)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	members_scan(text, strlen(text), &b);
	assert_string_equal(buf_str(&b), expected);
}

/* A structure with these lines, and one member that makes it depend on something. */
static void check_lines(const char *lines, const char *expected)
{
	CLEANUP(free_ptr) char *text = xasprintf("struct s {\n%s#ifdef CONFIG_Z\nint z;\n#endif\n} __packed;\n", lines);
	CLEANUP(free_ptr) char *found = xasprintf("s s\n%sm z Z\n", expected);

	check(text, found);
}

static void structures(void **state)
{
	(void)state;
	check("struct a { int b; };\nunion c {\n\tint d;\n};\nstruct e;\nstruct f g = { 1 };\n", "s a\ns c\n");
	check("struct a { int b;\n#ifdef CONFIG_B\nint c;\n#else\nint d;\n#endif\n};", "s a\nm b\nm c B\nm d !B\n");
	check("typedef struct {\n#ifdef CONFIG_A\n\tint a;\n#endif\n} t;\n", "s t\nm a A\n");
	check("typedef struct t2 {\n\tint a;\n} t;\n", "s t2\n");
	check("#ifdef CONFIG_S\nstruct s { int a; };\n#endif\n", "s s S\nm a S\n");
	check("struct __packed s { int a; };\nstruct __attribute__((packed)) u { int a; };", "s s\ns u\n");
	check("typedef context_lock_struct(spinlock) {\n#ifdef CONFIG_A\nint a;\n#endif\n} spinlock_t;", "s spinlock\nm a A\n");
	check("int f(void)\n{\n\tstruct s { int a; } b;\n\tfor (;;) { }\n}\nstruct u { int a; };", "s s\ns u\n");
}

static void declarations(void **state)
{
	(void)state;
	check_lines("struct list_head *prev, *next;\n", "m prev\nm next\n");
	check_lines("unsigned int a:1, b : 2;\nchar c[4][N], d;\n", "m a\nm b\nm c\nm d\n");
	check_lines("int (*open)(struct inode *, int);\nvoid (__rcu *f[2])(int a);\n", "m open\nm f\n");
	check_lines("struct mutex lock ____cacheline_aligned_in_smp;\nint n __aligned(8);\n", "m lock\nm n\n");
	check_lines("struct { int in; } a;\nunion { int b; struct { int c; }; };\n", "m a\nm b\nm c\n");
	check("struct s {\nstruct inner { int in; } a;\nenum { A, B } e;\n#ifdef CONFIG_Z\nint z;\n#endif\n};",
	      "s inner\na A\ns s\nm a\nm e\nm z Z\n");
	check_lines("struct_group(g, int a;\nint b;\n);\nstruct_group_tagged(t, g2, int c;);\n", "m a\nm b\nm c\n");
}

/* Lines that are not understood become words. */
static void unclear(void **state)
{
	(void)state;
	check_lines("DECLARE_BITMAP(bits, 4);\n", "x DECLARE_BITMAP\nx bits\n");
	check_lines("int a\n#ifdef CONFIG_B\n, b\n#endif\n;\n", "x int\nx a\nx b\n");
	check_lines("unsigned : 3;\nint state __odd;\n", "x unsigned\nx int\nx state\nx __odd\n");
	check("struct s {\n#ifdef CONFIG_A\nint a;\n} t;\n#else\nint b; };\n#endif\nstruct u { int a; };\n", "s s\ns u\n");
	check("struct s {\n#ifdef CONFIG_A\n\tint a;\n#endif\n#include \"b.h\"\n};", "s s\n");
	check("struct s {\n#ifdef CONFIG_A\n\tint a;\n#endif\n\tMACRO\n};", "s s\nm a A\nx MACRO\n");
}

static void guards(void **state)
{
	(void)state;
	check("/* a */\n#ifndef A_H\n#define A_H\nstruct s { int a;\n#if IS_ENABLED(CONFIG_B)\nint b;\n#endif\n};\n#endif\n",
	      "s s\nm a\nm b B+\n");
	check("#ifndef OTHER\nstruct s { int a;\n#ifdef CONFIG_B\nint b;\n#endif\n};\n#endif\n", "s s ?\nm a ?\nm b B ?\n");
	check("#ifndef __ASSEMBLY__\nstruct s { int a;\n#ifdef CONFIG_B\nint b;\n#endif\n};\n#endif\n", "s s\nm a\nm b B\n");
	check("struct s { int a;\n#if 0\nint c;\n#endif\n#ifdef CONFIG_B\nint b;\n#endif\n};\n", "s s\nm a\nm b B\n");
}

static void enums(void **state)
{
	(void)state;
	check("enum e { A, B = F(1, 2),\n#ifdef CONFIG_C\nC,\n#endif\nD };\n", "e e\nm A\nm B\nm C C\nm D\n");
	check("enum {\nA,\n#ifdef CONFIG_C\nC,\n#endif\nITEMS(x), };\n", "a A\nm A\nm C C\nx ITEMS\nx x\n");
	check("enum {\nA\n#ifdef CONFIG_C\n, C\n#endif\n};\nenum { B };\n", "a B\n");
	check("#define LIST A, B\n#define CALL(a, b) a\n#define SUM f(a, b)\n", "p LIST\n");
}

static void nonsense_is_survived(void **state)
{
	static const char *const texts[] = {
		"", "{", "}", "((((", "))))", "#", "#if", "#endif\n#endif\n#else", "/*", "\"", "'", "\\", "struct {",
		"struct s { int a", "enum { A = ", "union u {{{{{{ };\n}\n}", "/", "#define", "struct_group(,", "[[[;]",
		"typedef struct {", "_struct(a) {", "#ifdef A\n{\n#else\n}\n#endif\n}", "struct s { ; , : * = };\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		/* at the very end of its memory */
		CLEANUP(free_ptr) char *copy = xmalloc(strlen(texts[i]) + !*texts[i]);

		memcpy(copy, texts[i], strlen(texts[i]));
		members_scan(copy, strlen(texts[i]), &b);
	}
}

static void depth_is_limited(void **state)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_add_str(&text, "struct s { int a; ");
	for (int i = 0; i < 200; i++)
		buf_add_str(&text, "};");
	buf_add_str(&text, "\nstruct last { int a; };");
	members_scan(text.data, text.size, &b);
	assert_non_null(strstr(buf_str(&b), "s last\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structures), cmocka_unit_test(declarations), cmocka_unit_test(unclear),
		cmocka_unit_test(guards), cmocka_unit_test(enums), cmocka_unit_test(nonsense_is_survived),
		cmocka_unit_test(depth_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
