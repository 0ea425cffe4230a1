// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail_trigger: the arguments of a call.
 *
 * What a process itself passes to a syscall is no secret of the kernel, and is
 * shown as it is. Any other register of a function can hold an address, so all
 * others are shown as %p shows them.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "arch.h"
#include "trigger.h"

/*
 * Does the function have the arguments of the current syscall? A syscall's name
 * does not suffice: drivers have functions of such names, and a syscall can be
 * called by the kernel, or with another pointer in place of an argument. A wrapper
 * has one argument: the registers of the call.
 */
static nokprobe_inline bool args_are_user(const unsigned long *args,
					  const unsigned long *user)
{
	int i;

	if (IS_ENABLED(CONFIG_ARCH_HAS_SYSCALL_WRAPPER))
		return args[0] == (unsigned long)task_pt_regs(current);
	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		if (args[i] != user[i])
			return false;
	return true;
}

/**
 * sigtrail_trigger_args_get - read the arguments of a call
 * @regs: the registers at the function's first instruction
 * @syscall: the function has the name of a syscall
 * @args: gets SIGTRAIL_TRIGGER_ARGS values
 *
 * Context: a probe's handler.
 * Return: whether they are those that the process passed to a syscall.
 */
bool __kprobes sigtrail_trigger_args_get(struct pt_regs *regs, bool syscall,
					 unsigned long *args)
{
	unsigned long user[SIGTRAIL_TRIGGER_ARGS];
	int i;

	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		args[i] = sigtrail_trigger_function_arg(regs, i);
	if (!syscall)
		return false;

	sigtrail_trigger_user_args(user);
	if (!args_are_user(args, user))
		return false;
	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		args[i] = user[i];
	return true;
}

/* Makes of a value what %p prints: a hash. Returns false if there is none yet. */
static bool args_hash(unsigned long *arg)
{
	/* Up to 16 digits, or "(____ptrval____)". */
	char text[20];

	snprintf(text, sizeof(text), "%p", (void *)*arg);
	return !kstrtoul(text, 16, arg);
}

/**
 * sigtrail_trigger_args_hide - replace arguments that can be addresses
 * @notice: a hit
 *
 * Soon after the boot there can be no hash; then there are no arguments.
 *
 * Context: the work.
 */
void sigtrail_trigger_args_hide(struct sigtrail_trigger_notice *notice)
{
	int i;

	if (!notice->has_args || notice->user_args)
		return;
	for (i = 0; i < SIGTRAIL_TRIGGER_ARGS; i++)
		if (!args_hash(&notice->args[i]))
			notice->has_args = false;
}
