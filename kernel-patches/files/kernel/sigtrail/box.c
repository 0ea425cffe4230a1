// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: what the ring's memory has beside records: the header, the boot's id,
 * when the kernel was last alive, and a fault that could not become a record.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <linux/timer.h>

#include "internal.h"

/* A busy CPU writes a moment so often. */
#define SIGTRAIL_ALIVE_PERIOD (5 * HZ)

/**
 * sigtrail_box_check - the check of a struct
 * @salt: that of the memory
 * @from: its first word after or before the check
 * @bytes: size of these words
 *
 * Return: the check.
 */
u32 sigtrail_box_check(u32 salt, const void *from, size_t bytes)
{
	u32 check = salt;
	u32 word;
	size_t i;

	for (i = 0; i < bytes; i += sizeof(word)) {
		memcpy(&word, from + i, sizeof(word));
		check = sigtrail_check_word(check, word);
	}
	return check;
}

/**
 * sigtrail_box_store - write a struct whose first word is its check
 * @salt: that of the memory
 * @to: where it is written, the check at last
 * @from: the struct, without its check
 * @bytes: its size
 */
void sigtrail_box_store(u32 salt, void *to, const void *from, size_t bytes)
{
	u32 check = sigtrail_box_check(salt, from + sizeof(check),
				       bytes - sizeof(check));

	memcpy(to + sizeof(check), from + sizeof(check),
	       bytes - sizeof(check));
	wmb();
	WRITE_ONCE(*(u32 *)to, check);
	wmb();
}

/**
 * sigtrail_box_format - clear the memory, and write its header
 * @box: the memory
 * @bytes: its size
 * @slots: number of slots
 * @names: number of names
 * @salt: of the checks
 *
 * The old header goes first, and the new magic comes last: a reset in between
 * leaves no header.
 */
void sigtrail_box_format(struct sigtrail_box *box, u32 bytes, u32 slots,
			 u32 names, u32 salt)
{
	struct sigtrail_box_header header = {
		.layout = SIGTRAIL_BOX_LAYOUT,
		.size = bytes,
		.slots = slots,
		.names = names,
		.salt = salt,
	};

	WRITE_ONCE(box->header.magic, 0);
	wmb();
	memset(box, 0, bytes);
	wmb();
	header.magic = SIGTRAIL_BOX_MAGIC;
	header.check = sigtrail_box_check(salt, &header,
					  offsetof(typeof(header), check));
	memcpy(&box->header.layout, &header.layout,
	       sizeof(header) - sizeof(header.magic));
	wmb();
	WRITE_ONCE(box->header.magic, SIGTRAIL_BOX_MAGIC);
	wmb();
}

/**
 * sigtrail_box_boot - note the boot's id
 * @id: a string of less than SIGTRAIL_BOOT_ID_LEN bytes
 *
 * Context: any but NMI.
 */
void sigtrail_box_boot(const char *id)
{
	struct sigtrail_box_boot boot = { };
	struct sigtrail_ring *ring = &sigtrail_ring;
	unsigned long flags;

	strscpy(boot.id, id, SIGTRAIL_BOOT_ID_LEN);
	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->box)
		sigtrail_box_store(ring->names.salt, &ring->box->boot, &boot,
				   sizeof(boot));
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * sigtrail_box_alive - note that the kernel is alive, and its clocks
 *
 * Context: any but NMI.
 */
void sigtrail_box_alive(void)
{
	/* Protected by the ring's lock. */
	static u32 count;
	struct sigtrail_box_alive alive = { };
	struct sigtrail_ring *ring = &sigtrail_ring;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->box) {
		alive.count = ++count;
		alive.seq = ring->next - 1;
		alive.local = local_clock();
		alive.boottime = ktime_get_boot_fast_ns();
		alive.realtime = ktime_get_real_fast_ns();
		sigtrail_box_store(ring->names.salt,
				   &ring->box->alive[count % 2], &alive,
				   sizeof(alive));
	}
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/*
 * One timer on each CPU, deferrable: it does not wake an idle CPU. While a single
 * one is awake, the moment is not old. A CPU that comes later has none.
 */
static DEFINE_PER_CPU(struct timer_list, sigtrail_alive_timer);
/* In jiffies; no lock: two CPUs may both note the moment. */
static unsigned long sigtrail_alive_last;

static void sigtrail_alive_tick(struct timer_list *timer)
{
	if (time_after_eq(jiffies, READ_ONCE(sigtrail_alive_last) +
				   SIGTRAIL_ALIVE_PERIOD)) {
		WRITE_ONCE(sigtrail_alive_last, jiffies);
		sigtrail_box_alive();
	}
	mod_timer(timer, jiffies + SIGTRAIL_ALIVE_PERIOD);
}

/**
 * sigtrail_alive_start - note from now on that the kernel is alive
 */
void __init sigtrail_alive_start(void)
{
	struct timer_list *timer;
	int cpu;

	sigtrail_alive_last = jiffies;
	sigtrail_box_alive();
	for_each_online_cpu(cpu) {
		timer = per_cpu_ptr(&sigtrail_alive_timer, cpu);
		timer_setup(timer, sigtrail_alive_tick,
			    TIMER_DEFERRABLE | TIMER_PINNED);
		timer->expires = jiffies + SIGTRAIL_ALIVE_PERIOD;
		add_timer_on(timer, cpu);
	}
}

/**
 * sigtrail_box_fault - note an oops or a panic that could not become a record
 * @rec: it, as a record
 *
 * No lock: a holder could be what was interrupted. The first of two at the same
 * time counts.
 *
 * Context: any.
 */
void sigtrail_box_fault(const struct sigtrail_record *rec)
{
	static atomic_t busy;
	struct sigtrail_box *box = READ_ONCE(sigtrail_ring.box);
	struct sigtrail_box_fault fault = {
		.kind = rec->kind,
		.time = rec->time,
		.pid = rec->sender.pid,
		.tid = rec->sender.tid,
	};

	if (!box || atomic_cmpxchg(&busy, 0, 1))
		return;
	memcpy(fault.name, rec->sender.name, sizeof(fault.name));
	memcpy(fault.text, rec->text, sizeof(fault.text));
	sigtrail_box_store(sigtrail_ring.names.salt, &box->fault, &fault,
			   sizeof(fault));
	atomic_set(&busy, 0);
}
