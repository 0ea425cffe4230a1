/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between architectures.
 */
#ifndef _SIGTRAIL_TRIGGER_ARCH_H
#define _SIGTRAIL_TRIGGER_ARCH_H

#include <linux/kconfig.h>
#include <linux/kprobes.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/thread_info.h>
#include <asm/syscall.h>

/*
 * Prefix of a syscall's function. On an architecture with syscall wrappers the
 * function takes one argument: the registers of the call.
 */
#if defined(CONFIG_X86_64)
#define SIGTRAIL_TRIGGER_SYSCALL_PREFIX "__x64_sys_"
#elif defined(CONFIG_X86) && defined(CONFIG_ARCH_HAS_SYSCALL_WRAPPER)
#define SIGTRAIL_TRIGGER_SYSCALL_PREFIX "__ia32_sys_"
#elif defined(CONFIG_ARM64)
#define SIGTRAIL_TRIGGER_SYSCALL_PREFIX "__arm64_sys_"
#elif defined(CONFIG_RISCV) && defined(CONFIG_ARCH_HAS_SYSCALL_WRAPPER)
#define SIGTRAIL_TRIGGER_SYSCALL_PREFIX "__riscv_sys_"
#elif defined(CONFIG_S390)
#define SIGTRAIL_TRIGGER_SYSCALL_PREFIX "__s390x_sys_"
#else
#define SIGTRAIL_TRIGGER_SYSCALL_PREFIX "sys_"
#endif

/*
 * Does register_kprobe() refuse an address inside of an instruction, and one of a
 * constant? Only x86 decodes the function from its beginning on, and has no
 * constants between the instructions. RISC-V decodes only in newer kernels.
 */
#define SIGTRAIL_TRIGGER_INSN_CHECKED	IS_ENABLED(CONFIG_X86)

/* Alignment of instructions. On x86 register_kprobe() checks the address. */
#if defined(CONFIG_X86)
#define SIGTRAIL_TRIGGER_INSN_ALIGN 1
#elif defined(CONFIG_RISCV) || defined(CONFIG_S390)
#define SIGTRAIL_TRIGGER_INSN_ALIGN 2
#else
#define SIGTRAIL_TRIGGER_INSN_ALIGN 4
#endif

/*
 * Can the innermost NMI be the probe's own trap? A probe called by ftrace has no
 * trap, nor has an optimized probe, which is a jump. A jump and a trap look the
 * same here, but a real NMI has its own stack. Not on 32-bit x86: an NMI that
 * hits an optimized probe there is taken for the task.
 */
static __always_inline bool sigtrail_trigger_trap_is_nmi(struct kprobe *p,
							 struct pt_regs *regs)
{
	if (kprobe_ftrace(p))
		return false;
	if (IS_ENABLED(CONFIG_X86_64))
		return (unsigned long)regs -
		       (unsigned long)task_stack_page(current) < THREAD_SIZE;
	return IS_ENABLED(CONFIG_X86) || IS_ENABLED(CONFIG_RISCV);
}

/**
 * sigtrail_trigger_by_task - was a probe hit in task context?
 * @p: the probe
 * @regs: the registers at the hit
 *
 * On some architectures the probe's trap itself counts as an NMI. It is
 * subtracted.
 *
 * Context: a probe's handler.
 * Return: false in an interrupt.
 */
static __always_inline bool sigtrail_trigger_by_task(struct kprobe *p,
						     struct pt_regs *regs)
{
	unsigned int count = preempt_count();

	if (in_nmi() && sigtrail_trigger_trap_is_nmi(p, regs))
		count -= NMI_OFFSET + HARDIRQ_OFFSET;
	return !(count & (NMI_MASK | HARDIRQ_MASK)) && !in_serving_softirq();
}

#if defined(CONFIG_MIPS) && defined(CONFIG_KPROBES)
/* Is it a branch likely, which nullifies its delay slot if it is not taken? */
static inline bool sigtrail_trigger_is_branch_likely(union mips_instruction insn)
{
	switch (insn.i_format.opcode) {
	case beql_op:
	case bnel_op:
	case blezl_op:
	case bgtzl_op:
		return true;
	case bcond_op:
		return insn.i_format.rt == bltzl_op ||
		       insn.i_format.rt == bgezl_op ||
		       insn.i_format.rt == bltzall_op ||
		       insn.i_format.rt == bgezall_op;
	}
	return false;
}

/*
 * Is the probe on a jump with an empty delay slot, or on a branch likely?
 * kprobe_handler() on MIPS does not call reset_current_kprobe() for these: after
 * one such hit no probe hits any more.
 */
static inline bool sigtrail_trigger_probe_sticks(const struct kprobe *p)
{
	/* NULL once the function's module is gone. */
	const kprobe_opcode_t *copy = READ_ONCE(p->ainsn.insn);

	return (p->opcode.word && copy && !copy->word) ||
	       sigtrail_trigger_is_branch_likely(p->opcode);
}

/* The target of a jump, NULL if it is not constant. */
static inline kprobe_opcode_t *sigtrail_trigger_jump_target(const struct kprobe *p)
{
	unsigned long region = (unsigned long)(p->addr + 1) & ~0xfffffffUL;

	if (p->opcode.j_format.opcode != j_op)
		return NULL;
	return (void *)(region | (unsigned long)p->opcode.j_format.target << 2);
}
#else
static inline bool sigtrail_trigger_probe_sticks(const struct kprobe *p)
{
	return false;
}

static inline kprobe_opcode_t *sigtrail_trigger_jump_target(const struct kprobe *p)
{
	return NULL;
}
#endif

#if defined(CONFIG_ARM) || defined(CONFIG_MIPS)
/* Word n of the stack, 0 beyond its end, as the kernel's tracers read it. */
static __always_inline unsigned long
sigtrail_trigger_stack_word(struct pt_regs *regs, unsigned int n)
{
	/* In 5.10 kernel_stack_pointer() is the link register on MIPS. */
#ifdef CONFIG_ARM
	unsigned long sp = regs->ARM_sp;
#else
	unsigned long sp = regs->regs[29];
#endif
	unsigned long at = sp + n * sizeof(unsigned long);

	if ((at ^ sp) & ~(THREAD_SIZE - 1UL))
		return 0;
	return *(unsigned long *)at;
}
#endif

/**
 * sigtrail_trigger_function_arg - an argument, at a function's first instruction
 * @regs: the registers there
 * @n: number of the argument, from 0; each is as wide as a register
 *
 * Return: its value; 0 if the kernel cannot read it on this architecture.
 */
static __always_inline unsigned long
sigtrail_trigger_function_arg(struct pt_regs *regs, unsigned int n)
{
#if defined(CONFIG_ARM)
	return n < 4 ? regs->uregs[n] : sigtrail_trigger_stack_word(regs, n - 4);
#elif defined(CONFIG_MIPS) && defined(CONFIG_32BIT)
	/* The stack also has slots for the arguments in registers. */
	return n < 4 ? regs->regs[4 + n] : sigtrail_trigger_stack_word(regs, n);
#elif defined(CONFIG_MIPS)
	return regs->regs[4 + n];
#elif defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)
	return regs_get_kernel_argument(regs, n);
#else
	return 0;
#endif
}

/**
 * sigtrail_trigger_user_args - the arguments that user space passed to a syscall
 * @args: gets SIGTRAIL_TRIGGER_ARGS values
 *
 * They are those of current's last entry into the kernel. It reads no memory of
 * the user, as syscall_get_arguments() does on MIPS in older kernels.
 */
static __always_inline void sigtrail_trigger_user_args(unsigned long *args)
{
	struct pt_regs *user = task_pt_regs(current);
#if defined(CONFIG_MIPS)
	int i;

	/* handle_sys() copies the last two to the beginning of the stack. */
	for (i = 0; i < 6; i++)
		args[i] = IS_ENABLED(CONFIG_32BIT) && i >= 4 ?
			  ((unsigned long *)user)[i] : user->regs[4 + i];
#else
	syscall_get_arguments(current, user, args);
#endif
}

#endif /* _SIGTRAIL_TRIGGER_ARCH_H */
