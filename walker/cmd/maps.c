/* maps: the areas of a process's memory, as /proc/PID/maps shows them. */
#include <inttypes.h>
#include <string.h>

#include "symbols.h"
#include "walker/cmd/command.h"
#include "walker/process/path.h"
#include "walker/process/vma.h"
#include "walker/read/rehearse.h"
#include "walker/read/span.h"
#include "walker/task/collect.h"

enum { START, END, PERMS, OFFSET, DEV, INODE, PATH, COLUMNS };

static const struct column columns[COLUMNS] = {
	[START] = COLUMN("start", HEX),
	[END] = COLUMN("end", HEX),
	[PERMS] = COLUMN("perms", TEXT),
	[OFFSET] = COLUMN("offset", HEX),
	[DEV] = COLUMN("dev", TEXT),
	[INODE] = COLUMN("inode", U64),
	[PATH] = COLUMN("path", TEXT),
};

/* All that a line shows. */
struct line {
	uint64_t start, end, flags, offset, inode;
	uint32_t dev;
	struct buf name; /* raw */
};

static void line_deinit(struct line *line)
{
	buf_deinit(&line->name);
}

static struct err *read_inode_of(struct target *t, struct kaddr file, struct line *line)
{
	struct kaddr inode, sb;
	struct err *e = kread_pointer(&t->kernel, kaddr_add(file, OFF_file_f_inode), &inode);

	if (e)
		return e;
	e = kread_u64(&t->kernel, kaddr_add(inode, OFF_inode_i_ino), &line->inode);
	if (e)
		return e;
	e = kread_pointer(&t->kernel, kaddr_add(inode, OFF_inode_i_sb), &sb);
	if (e)
		return e;
	return kread_u32(&t->kernel, kaddr_add(sb, OFF_super_block_s_dev), &line->dev);
}

static struct err *read_inode(struct target *t, struct kaddr file, struct line *line)
{
	return err_in(read_inode_of(t, file, line), "inode of file 0x%" PRIx64, file.v);
}

/* [vdso], [vvar]: areas whose operations can tell a name are all special
 * mappings; its private data is a struct vm_special_mapping. */
static struct err *add_special_name(struct target *t, const struct vma *vma, struct buf *b)
{
	struct kaddr tell = KADDR(0), name = KADDR(0);
	struct err *e = NULL;

#if HAVE_vm_operations_struct_name
	if (vma->ops.v)
		e = kread_pointer(&t->kernel, kaddr_add(vma->ops, OFF_vm_operations_struct_name),
				  &tell);
#endif
	if (e || !tell.v || !kaddr_is_kernel(vma->private_data))
		return e;
	e = kread_pointer(&t->kernel, kaddr_add(vma->private_data, OFF_vm_special_mapping_name),
			  &name);
	if (!e)
		e = kread_text(&t->kernel, name, 64, b);
	return err_in(e, "name of area 0x%" PRIx64, vma->start);
}

static struct err *add_anon_name(struct target *t, const struct vma *vma, struct buf *b)
{
	struct err *e = NULL;

#if HAVE_struct_anon_vma_name
	if (!vma->anon_name.v)
		return NULL;
	buf_add_str(b, "[anon:");
	e = kread_text(&t->kernel, kaddr_add(vma->anon_name, OFF_anon_vma_name_name), 256, b);
	buf_add_char(b, ']');
#else
	(void)t;
	(void)vma;
	(void)b;
#endif
	return e;
}

/* Source: show_map_vma() in fs/proc/task_mmu.c */
static struct err *add_name(struct target *t, const struct mm *mm, const struct path *root,
			    const struct vma *vma, struct line *line)
{
	struct err *e;

	if (vma->file.v) {
		line->offset = vma->pgoff << PAGE_SHIFT;
		e = read_inode(t, vma->file, line);
		return e ? e : path_of_file(t, vma->file, root, &line->name);
	}
	e = add_special_name(t, vma, &line->name);
	if (e || line->name.size)
		return e;
	if (vma->start <= mm->brk && vma->end >= mm->start_brk)
		buf_add_str(&line->name, "[heap]");
	else if (vma->start <= mm->start_stack && vma->end >= mm->start_stack)
		buf_add_str(&line->name, "[stack]");
	else
		return add_anon_name(t, vma, &line->name);
	return NULL;
}

/* Reads all that a line shows. After an error the line has what was read before it. */
static struct err *read_line(struct target *t, const struct mm *mm, const struct path *root,
			     const struct vma *vma, struct line *line)
{
	*line = (struct line){ .start = vma->start, .end = vma->end, .flags = vma->flags };
	return add_name(t, mm, root, vma, line);
}

/* People get the bytes of show_vma_header_prefix() in fs/proc/task_mmu.c. */
static struct err *print_line(const struct line *line, struct rows *rows)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	const char perms[] = { line->flags & CONST_VM_READ ? 'r' : '-',
			       line->flags & CONST_VM_WRITE ? 'w' : '-',
			       line->flags & CONST_VM_EXEC ? 'x' : '-',
			       line->flags & CONST_VM_MAYSHARE ? 's' : 'p', '\0' };
	unsigned int major = line->dev >> 20, minor = line->dev & 0xfffff;

	row_number(rows, START, line->start);
	row_number(rows, END, line->end);
	row_str(rows, PERMS, perms);
	row_number(rows, OFFSET, line->offset);
	row_textf(rows, DEV, "%02x:%02x", major, minor);
	row_number(rows, INODE, line->inode);
	row_text(rows, PATH, buf_str(&line->name), line->name.size);
	buf_addf(&text, "%08" PRIx64 "-%08" PRIx64 " %s %08" PRIx64 " %02x:%02x %" PRIu64 " ",
		 line->start, line->end, perms, line->offset, major, minor, line->inode);
	while (line->name.size && text.size < 73)
		buf_add_char(&text, ' ');
	buf_add(&text, buf_str(&line->name), line->name.size);
	row_line(rows, text.data, text.size);
	return row_end(rows);
}

static struct err *print_area(struct target *t, const struct mm *mm, const struct path *root,
			      const struct vma *vma, struct rows *rows)
{
	CLEANUP(line_deinit) struct line line;
	struct err *e = read_line(t, mm, root, vma, &line);

	if (err_is_fatal(e))
		return e;
	notes_gap_err(&t->notes, e);
	return print_line(&line, rows);
}

#if HAVE_SYM_gate_vma
/* Whether processes have the page: not with vsyscall=none. Where no variable tells (the symbol table
 * names functions only), its flags do with vsyscall=xonly, and else the page tables. */
static struct err *vsyscall_is_there(struct target *t, const struct vma *gate, bool *ret)
{
#if HAVE_SYM_vsyscall_mode
	enum { NONE = 2 };
	uint32_t mode = NONE;
	struct err *e = kread_u32(&t->kernel, kread_symbol(&t->kernel, SYM_vsyscall_mode), &mode);

	(void)gate;
	*ret = !e && mode != NONE;
	return e;
#else
	struct xlat_result r = { .kind = XLAT_UNMAPPED };
	struct err *e = NULL;

	if (gate->flags & CONST_VM_READ)
		e = xlat_walk(&t->kernel.tables, gate->start, &r);
	*ret = !e && (!(gate->flags & CONST_VM_READ) || r.kind == XLAT_MAPPED);
	return e;
#endif
}
#endif

/* The page at the very top that 64-bit processes see. */
static struct err *print_vsyscall(struct target *t, const struct mm *mm, struct rows *rows)
{
#if HAVE_SYM_gate_vma
	CLEANUP(line_deinit) struct line line = { .name = BUF_INIT };
	struct vma vma;
	bool there = false;
	struct err *e;

	if (mm->task_size >> 32 == 0)
		return NULL;
	e = vma_read(t, kread_symbol(&t->kernel, SYM_gate_vma), &vma);
	if (!e)
		e = vsyscall_is_there(t, &vma, &there);
	if (e)
		return err_in(e, "vsyscall");
	if (!there)
		return NULL;
	line.start = vma.start;
	line.end = vma.end;
	line.flags = vma.flags;
	buf_add_str(&line.name, "[vsyscall]");
	return print_line(&line, rows);
#else
	(void)t;
	(void)mm;
	(void)rows;
	return NULL;
#endif
}

/* What we know of the process before we look at its areas one by one. */
struct areas {
	struct mm mm;
	struct path root;
	struct vmas vmas;
};

static void areas_deinit(struct areas *a)
{
	vmas_deinit(&a->vmas);
}

static struct err *read_areas(struct target *t, uint32_t pid, struct areas *a)
{
	struct task task;
	struct err *e = task_of_pid(t, pid, &task);

	if (e)
		return e;
	e = mm_read(t, &task, &a->mm);
	if (e)
		return e;
	e = path_of_root(t, &task, &a->root);
	if (e)
		return e;
	return err_in(vmas_read(t, &a->mm, &a->vmas), "pid %" PRIu32, pid);
}

static void rehearse_line(struct target *t, size_t i, void *arg)
{
	const struct areas *a = arg;
	CLEANUP(line_deinit) struct line line;

	err_discard(read_line(t, &a->mm, &a->root, &a->vmas.list[i], &line));
}

static struct err *run(const struct call *c)
{
	CLEANUP(areas_deinit) struct areas areas = { .vmas = VMAS_INIT };
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	uint32_t pid = 0;
	struct err *e = parse_pid(c->args[0], &pid);

	if (e)
		return e;
	e = rows_init(&rows, c->out, ROWS_LINES, columns, COLUMNS, "");
	if (e)
		return e;
	e = read_areas(c->t, pid, &areas);
	if (e)
		return e;
	rehearse_each(c->t, areas.vmas.count, rehearse_line, &areas);
	for (size_t i = 0; i < areas.vmas.count; i++) {
		e = print_area(c->t, &areas.mm, &areas.root, &areas.vmas.list[i], &rows);
		if (e)
			return e;
	}
	e = print_vsyscall(c->t, &areas.mm, &rows);
	return e ? e : rows_end(&rows, "no area was found");
}

const struct command command_maps = {
	.name = "maps",
	.what = "list a process's memory areas",
	.arguments = "PID",
	.min = 1,
	.max = 1,
	COMMAND_COLUMNS(columns),
	.run = run,
};
