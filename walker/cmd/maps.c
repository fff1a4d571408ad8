/* maps: the areas of a process's memory, as /proc/PID/maps shows them. */
#include "walker/cmd/command.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "symbols.h"
#include "walker/process/path.h"
#include "walker/read/span.h"
#include "walker/read/rehearse.h"
#include "walker/task/collect.h"
#include "walker/process/vma.h"

/* All that a line shows. */
struct line {
	uint64_t start, end, flags, offset, inode;
	uint32_t dev;
	struct buf name; /* raw */
};

static struct err *read_inode(struct target *t, struct kaddr file, struct line *line)
{
	struct kaddr inode, sb;
	struct err *e = kread_pointer(&t->kernel, kaddr_add(file, OFF_file_f_inode), &inode);

	if (!e)
		e = kread_u64(&t->kernel, kaddr_add(inode, OFF_inode_i_ino), &line->inode);
	if (!e)
		e = kread_pointer(&t->kernel, kaddr_add(inode, OFF_inode_i_sb), &sb);
	if (!e)
		e = kread_u32(&t->kernel, kaddr_add(sb, OFF_super_block_s_dev), &line->dev);
	return err_in(e, "inode of file 0x%" PRIx64, file.v);
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

static void format(const struct line *line, bool json, struct buf *b)
{
	const char perms[] = { line->flags & CONST_VM_READ ? 'r' : '-',
			       line->flags & CONST_VM_WRITE ? 'w' : '-',
			       line->flags & CONST_VM_EXEC ? 'x' : '-',
			       line->flags & CONST_VM_MAYSHARE ? 's' : 'p', '\0' };
	size_t start = b->size;

	if (json) {
		buf_addf(b, "{\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\",\"perms\":\"%s\","
			 "\"offset\":\"0x%" PRIx64 "\",\"dev\":\"%02x:%02x\",\"inode\":%" PRIu64
			 ",\"path\":", line->start, line->end, perms, line->offset, line->dev >> 20,
			 line->dev & 0xfffff, line->inode);
		escape_json(b, buf_str(&line->name), line->name.size);
		buf_add_str(b, "}\n");
		return;
	}
	buf_addf(b, "%08" PRIx64 "-%08" PRIx64 " %s %08" PRIx64 " %02x:%02x %" PRIu64 " ",
		 line->start, line->end, perms, line->offset, line->dev >> 20,
		 line->dev & 0xfffff, line->inode);
	if (line->name.size) {
		while (b->size - start < 73)
			buf_add_char(b, ' ');
		escape_text(b, line->name.data, line->name.size);
	}
	buf_add_char(b, '\n');
}

static struct err *add_line(struct target *t, const struct mm *mm, const struct path *root,
			    const struct vma *vma, bool json, struct buf *b)
{
	struct line line = { .start = vma->start, .end = vma->end, .flags = vma->flags };
	struct err *e = add_name(t, mm, root, vma, &line);

	if (e && err_code(e) != ERR_SYSTEM) {
		notes_gap_err(&t->notes, e);
		e = NULL;
	}
	format(&line, json, b);
	buf_deinit(&line.name);
	return e;
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
static struct err *add_vsyscall(struct target *t, const struct mm *mm, bool json, struct buf *b)
{
#if HAVE_SYM_gate_vma
	struct line line = { .start = 0 };
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
	format(&line, json, b);
	buf_deinit(&line.name);
#else
	(void)t;
	(void)mm;
	(void)json;
	(void)b;
#endif
	return NULL;
}

struct lines {
	const struct mm *mm;
	const struct path *root;
	const struct vmas *vmas;
};

static void rehearse_lines(struct target *t, void *arg)
{
	const struct lines *lines = arg;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	for (size_t i = 0; i < lines->vmas->count; i++) {
		buf_clear(&b);
		err_discard(add_line(t, lines->mm, lines->root, &lines->vmas->list[i], false, &b));
	}
}

struct err *cmd_maps(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out)
{
	CLEANUP(vmas_deinit) struct vmas vmas = VMAS_INIT;
	struct path root = { KADDR(0), KADDR(0) };
	struct task task;
	struct mm mm;
	uint32_t pid = 0;
	struct err *e = parse_pid(args[0], &pid);

	(void)count;
	if (!e)
		e = task_of_pid(t, pid, &task);
	if (!e)
		e = mm_read(t, &task, &mm);
	if (!e)
		e = path_of_root(t, &task, &root);
	if (!e)
		e = err_in(vmas_read(t, &mm, &vmas), "pid %" PRIu32, pid);
	if (!e)
		rehearse(t, rehearse_lines, &(struct lines){ &mm, &root, &vmas });
	for (size_t i = 0; !e && i < vmas.count; i++) {
		e = add_line(t, &mm, &root, &vmas.list[i], o->json, &out->b);
		if (!e)
			e = out_more(out);
	}
	return e ? e : add_vsyscall(t, &mm, o->json, &out->b);
}
