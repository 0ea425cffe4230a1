// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the place of a probe, and places where none is allowed.
 *
 * Modules cannot look up symbols, but register_kprobe() does. The probe is
 * registered disabled, and enabled after its place has been checked.
 */
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "arch.h"
#include "trigger.h"

static bool unchecked_offset;
module_param_unsafe(unchecked_offset, bool, 0444);
MODULE_PARM_DESC(unchecked_offset, "allow offsets where the kernel does not check that an instruction begins there");

/* Maximum of jumps that are followed; one is usual for a syscall. */
#define JUMP_LIMIT 4

/* First the syscall of that name on this architecture, then the symbol itself. */
static bool symbol_try(char *to, const char *symbol, int turn)
{
	if (turn == 1)
		strscpy(to, symbol, SIGTRAIL_TRIGGER_FUNCTION_LEN);
	else if (turn == 0)
		snprintf(to, SIGTRAIL_TRIGGER_FUNCTION_LEN, "%s%s",
			 SIGTRAIL_TRIGGER_SYSCALL_PREFIX,
			 strstarts(symbol, "sys_") ? symbol + 4 : symbol);
	return turn <= 1;
}

/* Registers a disabled probe at addr, or at t->function if that is NULL. */
static int symbol_register_at(struct sigtrail_trigger *t, kprobe_opcode_t *addr)
{
	memset(&t->probe, 0, sizeof(t->probe));
	t->probe.symbol_name = addr ? NULL : t->function;
	t->probe.addr = addr;
	t->probe.offset = t->spec.offset;
	t->probe.pre_handler = sigtrail_trigger_probe_hit;
	t->probe.flags = KPROBE_FLAG_DISABLED;
	return register_kprobe(&t->probe);
}

/* Does a function begin at addr? If so, t->function gets its name. */
static bool symbol_begins(struct sigtrail_trigger *t, const void *addr)
{
	char *plus;

	snprintf(t->function, SIGTRAIL_TRIGGER_FUNCTION_LEN, "%pS", addr);
	plus = strstr(t->function, "+0x0/");
	if (!plus)
		return false;
	*plus = '\0';
	return true;
}

/*
 * A function can be only a jump to another one, with the same arguments, as some
 * syscalls are. If kprobes cannot probe the jump, probe the other function.
 */
static int symbol_follow(struct sigtrail_trigger *t)
{
	kprobe_opcode_t *target;
	int jumps = 0;
	int err = 0;

	while (!err && sigtrail_trigger_probe_sticks(&t->probe)) {
		target = sigtrail_trigger_jump_target(&t->probe);
		unregister_kprobe(&t->probe);
		if (!target || t->spec.offset || jumps++ == JUMP_LIMIT ||
		    !symbol_begins(t, target))
			return -ELOOP;
		err = symbol_register_at(t, target);
	}
	/* The function exists, so not -ENOENT. */
	return err == -ENOENT ? -ELOOP : err;
}

/* Registers a disabled probe at the first name that the kernel has. */
static int symbol_register(struct sigtrail_trigger *t)
{
	int err = -ENOENT;
	int turn;

	for (turn = 0; err == -ENOENT &&
	     symbol_try(t->function, t->spec.symbol, turn); turn++)
		err = symbol_register_at(t, NULL);
	t->syscall = strstarts(t->function, SIGTRAIL_TRIGGER_SYSCALL_PREFIX);
	return err ? err : symbol_follow(t);
}

static int symbol_explain(int err, struct netlink_ext_ack *extack)
{
	if (!IS_ENABLED(CONFIG_KPROBES)) {
		NL_SET_ERR_MSG(extack, "this kernel has no kprobes (CONFIG_KPROBES)");
		return -EOPNOTSUPP;
	}
	switch (err) {
	case -ENOENT:
		NL_SET_ERR_MSG(extack,
			       "the kernel has no function or syscall of that name");
		break;
	case -EILSEQ:
		NL_SET_ERR_MSG(extack, "no instruction begins at that offset");
		return -EINVAL;
	case -ELOOP:
		NL_SET_ERR_MSG(extack, "kprobes cannot step over the jump at that place");
		return -EOPNOTSUPP;
	case -EINVAL:
		NL_SET_ERR_MSG(extack, "the kernel does not allow a probe at that place");
		break;
	default:
		NL_SET_ERR_MSG(extack, "the kernel failed to set the probe");
	}
	return err;
}

/*
 * Functions that run between a trap and kprobes. Kprobes does not know of the hit
 * yet, so a probe in them would hit again, without end. The kernel does not mark
 * all of them. ARM takes a lock there, so a debug kernel calls lockdep and RCU.
 */
static bool symbol_leads_to_probes(const char *name)
{
	static const char * const begins[] = {
		"do_raw_", "lock_acquire", "lock_release", "lockdep_",
		"__rcu_read_", "rcu_read_lock_", "rcu_is_watching",
	};
	static const char * const is[] = {
		"call_undef_hook", "do_bp", "handle_bp",
	};
	size_t len = strcspn(name, "+.");
	int i;

	for (i = 0; i < ARRAY_SIZE(begins); i++)
		if (strstarts(name, begins[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(is); i++)
		if (len == strlen(is[i]) && strstarts(name, is[i]))
			return true;
	return false;
}

/*
 * register_kprobe() does not ask lockdown, as it is for the kernel itself. tracefs
 * asks for the same reason. An offset that is not checked can break the kernel, so it
 * is refused under lockdown for integrity, too, as unsafe module parameters are.
 */
static int symbol_locked_down(const struct sigtrail_trigger_spec *spec,
			      struct netlink_ext_ack *extack)
{
	int err = security_locked_down(LOCKDOWN_KPROBES);

	if (!err && spec->offset && !SIGTRAIL_TRIGGER_INSN_CHECKED)
		err = security_locked_down(LOCKDOWN_MODULE_PARAMETERS);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "the kernel is locked down, and does not allow this probe: see kernel_lockdown(7)");
	return err;
}

/* Checks before the probe is registered. */
static int symbol_check(const struct sigtrail_trigger_spec *spec,
			struct netlink_ext_ack *extack)
{
	if (symbol_leads_to_probes(spec->symbol)) {
		NL_SET_ERR_MSG(extack, "kprobes itself uses that function");
		return -EOPNOTSUPP;
	}
	/* The second half of an instruction looks like an instruction. */
	if (IS_ENABLED(CONFIG_THUMB2_KERNEL) && spec->offset) {
		NL_SET_ERR_MSG(extack,
			       "a Thumb-2 kernel cannot check the offset: only offset 0 is possible");
		return -EOPNOTSUPP;
	}
	if (spec->offset && !SIGTRAIL_TRIGGER_INSN_CHECKED && !unchecked_offset) {
		NL_SET_ERR_MSG(extack,
			       "this architecture cannot check the offset: only offset 0 is allowed, unless the module is loaded with unchecked_offset=1");
		return -EOPNOTSUPP;
	}
	return symbol_locked_down(spec, extack);
}

/* Checks the registered probe: it may be in another function than requested. */
static int symbol_admit(struct sigtrail_trigger *t, const char *where,
			struct netlink_ext_ack *extack)
{
	unsigned long addr = (unsigned long)t->probe.addr;
	const char *plus = strrchr(where, '+');
	unsigned int offset = 0;

	if (strstarts(where, "sigtrail_") || strstarts(where, "__sigtrail_") ||
	    within_module(addr, THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "sigtrail's own functions cannot be probed");
		return -EOPNOTSUPP;
	}
	if (in_lock_functions(addr) || symbol_leads_to_probes(where)) {
		NL_SET_ERR_MSG(extack, "kprobes itself uses that function");
		return -EOPNOTSUPP;
	}
	/* It can be larger than requested: the kernel skips some instructions. */
	if (!plus || sscanf(plus, "+%x", &offset) != 1 ||
	    offset < t->spec.offset) {
		NL_SET_ERR_MSG(extack, "the offset is beyond the end of the function");
		return -ERANGE;
	}
	return 0;
}

/**
 * sigtrail_trigger_symbol_probe - register the probe of a trigger, disabled
 * @t: the trigger, with its spec; gets function and probe
 * @extack: gets the reason of a failure
 *
 * Context: may sleep.
 * Return: 0, -ENOENT if there is no such function, -EINVAL, -ERANGE or
 *	-EOPNOTSUPP if it cannot be probed there, -EPERM if the kernel is locked
 *	down, -ENOMEM, or another error of register_kprobe().
 */
int sigtrail_trigger_symbol_probe(struct sigtrail_trigger *t,
				  struct netlink_ext_ack *extack)
{
	int err = symbol_check(&t->spec, extack);
	char *where;

	if (err)
		return err;
	where = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	if (!where)
		return -ENOMEM;

	err = t->spec.offset % SIGTRAIL_TRIGGER_INSN_ALIGN ?
	      -EILSEQ : symbol_register(t);
	if (err) {
		err = symbol_explain(err, extack);
		goto out;
	}
	sprint_symbol(where, (unsigned long)t->probe.addr);
	err = symbol_admit(t, where, extack);
	if (err)
		unregister_kprobe(&t->probe);
	/* No module has syscalls; its functions are shown with "[module]". */
	if (strchr(where, '['))
		t->syscall = false;
out:
	kfree(where);
	return err;
}
