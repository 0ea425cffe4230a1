// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: oopses and panics.
 *
 * Both come in any context, with any lock held, and maybe by a fault of our own.
 * The kernel prints them, so nothing is printed here.
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include "compat.h"
#include "internal.h"
#include "line.h"

/*
 * Records that this CPU makes: a second one of an NMI, or of a fault in this very
 * code, but no third one.
 */
#define SIGTRAIL_FAULT_DEPTH 2
static DEFINE_PER_CPU(int, sigtrail_fault_depth);

static void __printf(2, 0)
sigtrail_fault_record(u8 kind, const char *format, va_list args)
{
	struct sigtrail_record rec;

	memset(&rec, 0, sizeof(rec));
	rec.time = local_clock();
	rec.kind = kind;
	rec.flags = SIGTRAIL_FLAG_KERNEL;
	vscnprintf(rec.text, sizeof(rec.text), format, args);
	if (in_task())
		sigtrail_caller_fill(&rec);
	if (!sigtrail_record_try_add(&rec))
		sigtrail_alive_fault(&rec);
}

/**
 * sigtrail_fault - record an oops or a panic
 * @kind: SIGTRAIL_KIND_OOPS or SIGTRAIL_KIND_PANIC
 * @format: the kernel's reason
 *
 * Also recorded while capture is off.
 *
 * Context: any.
 */
void sigtrail_fault(u8 kind, const char *format, ...)
{
	unsigned long flags;
	va_list args;

	/* An oops can come with interrupts on: stay on this CPU. */
	local_irq_save(flags);
	if (__this_cpu_inc_return(sigtrail_fault_depth) <= SIGTRAIL_FAULT_DEPTH) {
		va_start(args, format);
		sigtrail_fault_record(kind, format, args);
		va_end(args);
	}
	__this_cpu_dec(sigtrail_fault_depth);
	local_irq_restore(flags);
}

static int sigtrail_die_notify(struct notifier_block *nb, unsigned long event,
			       void *data)
{
	const struct die_args *die = data;

	/* On MIPS a bus error of user space comes as DIE_OOPS, too. */
	if (event != DIE_OOPS || (die->regs && user_mode(die->regs)))
		return NOTIFY_DONE;
	/* Without kallsyms %pS would give the address away. */
	if (die->regs && IS_ENABLED(CONFIG_KALLSYMS))
		sigtrail_fault(SIGTRAIL_KIND_OOPS, "%s: %pS", die->str,
			       (void *)instruction_pointer(die->regs));
	else
		sigtrail_fault(SIGTRAIL_KIND_OOPS, "%s", die->str);
	return NOTIFY_DONE;
}

static int sigtrail_panic_notify(struct notifier_block *nb,
				 unsigned long event, void *reason)
{
	sigtrail_fault(SIGTRAIL_KIND_PANIC, "%s", (const char *)reason);
	return NOTIFY_DONE;
}

/*
 * Before the others: one of them may hang, or reset the machine. But after that of
 * kprobes, which are hit by the same chain on some architectures.
 */
static struct notifier_block sigtrail_die_notifier = {
	.notifier_call = sigtrail_die_notify,
	.priority = INT_MAX - 1,
};

static struct notifier_block sigtrail_panic_notifier = {
	.notifier_call = sigtrail_panic_notify,
	.priority = INT_MAX,
};

static int __init sigtrail_fault_init(void)
{
	atomic_notifier_chain_register(&panic_notifier_list,
				       &sigtrail_panic_notifier);
	return register_die_notifier(&sigtrail_die_notifier);
}
core_initcall(sigtrail_fault_init);
