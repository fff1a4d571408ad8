# What `walker ps` prints, by drgn: run as `drgn -c DUMP -s VMLINUX -q tasks.py`.
from drgn.helpers.linux.mm import cmdline
from drgn.helpers.linux.pid import for_each_task

count = 0
for task in for_each_task(prog):  # noqa: F821: drgn defines prog
    if task.tgid != task.pid:
        continue
    args = cmdline(task) if task.mm else None
    print(
        task.pid.value_(),
        task.real_parent.tgid.value_(),
        task.cred.euid.val.value_(),
        task.comm.string_(),
        args or [],
    )
    count += 1
if not count:
    raise SystemExit("no tasks")
