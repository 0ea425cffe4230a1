// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the arguments of a call.
 */
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "arch.h"
#include "trigger.h"

#ifdef CONFIG_ARCH_HAS_SYSCALL_WRAPPER
#include <asm/syscall.h>

static nokprobe_inline void wrapped_args(struct pt_regs *regs,
					 unsigned long *args)
{
	struct pt_regs *inner = (void *)sigtrail_trigger_function_arg(regs, 0);

	syscall_get_arguments(current, inner, args);
}
#else
static nokprobe_inline void wrapped_args(struct pt_regs *regs,
					 unsigned long *args)
{
}
#endif

/**
 * sigtrail_trigger_call_args - read the arguments of a call
 * @regs: the registers at the function's first instruction
 * @wrapped: the function is a syscall wrapper; its only argument points to the
 *	registers of the call
 * @args: gets SIGTRAIL_TRIGGER_ARGS values
 *
 * Context: a probe's handler.
 */
void __kprobes sigtrail_trigger_call_args(struct pt_regs *regs, bool wrapped,
					  unsigned long *args)
{
	int i;

	if (wrapped) {
		wrapped_args(regs, args);
		return;
	}
	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		args[i] = sigtrail_trigger_function_arg(regs, i);
}
