// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: where the ring is: in a black box, which is memory that the reset
 * leaves alone, or in ordinary memory.
 */
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/of_reserved_mem.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/sections.h>

#include "compat.h"
#include "internal.h"

/* With its index, 360 KiB of ordinary memory. */
static unsigned int sigtrail_ring_records = 5120;
module_param_named(ring, sigtrail_ring_records, uint, 0444);
MODULE_PARM_DESC(ring, "records to keep in ordinary memory");

static char *sigtrail_mem_name;
module_param_named(mem_name, sigtrail_mem_name, charp, 0);
MODULE_PARM_DESC(mem_name, "name of memory of reserve_mem= for the black box");

/* Also with a suffix, as in 320K. */
static int sigtrail_memory_param_set(const char *val,
				     const struct kernel_param *kp)
{
	unsigned long long value;
	char *end;

	value = memparse(val, &end);
	if (end == val || *end)
		return -EINVAL;
	*(unsigned long long *)kp->arg = value;
	return 0;
}

static const struct kernel_param_ops sigtrail_memory_param_ops = {
	.set = sigtrail_memory_param_set,
};

static unsigned long long sigtrail_mem_address;
module_param_cb(mem_address, &sigtrail_memory_param_ops, &sigtrail_mem_address,
		0);
MODULE_PARM_DESC(mem_address, "physical address of the black box");

static unsigned long long sigtrail_mem_size;
module_param_cb(mem_size, &sigtrail_memory_param_ops, &sigtrail_mem_size, 0);
MODULE_PARM_DESC(mem_size, "bytes of memory at mem_address");

/**
 * struct sigtrail_place - where the ring is
 * @place: enum sigtrail_box_place
 * @start: physical address of the black box
 * @size: of the ring's memory, in bytes
 *
 * Set once, at boot.
 */
static struct sigtrail_place {
	u32 place;
	phys_addr_t start;
	u32 size;
} sigtrail_place __ro_after_init;

/* The first node of the device tree that is not disabled, and is for us. */
static struct device_node * __init sigtrail_place_node(void)
{
	struct device_node *node;

	for_each_compatible_node(node, NULL, "sigtrail")
		if (of_device_is_available(node))
			return node;
	return NULL;
}

/*
 * Fills in where the black box is to be. SIGTRAIL_BOX_NONE: nobody asked for one.
 * 64 bits: an address on the command line may be too large for this machine.
 */
static u32 __init sigtrail_place_find(u64 *start, u64 *size)
{
	struct reserved_mem *reserved;
	phys_addr_t at, bytes;
	struct device_node *node;

	if (sigtrail_mem_name) {
		if (sigtrail_reserved_by_name(sigtrail_mem_name, &at, &bytes)) {
			*start = at;
			*size = bytes;
			return SIGTRAIL_BOX_NAME;
		}
		pr_err("sigtrail: there is no reserve_mem= with the name %s\n",
		       sigtrail_mem_name);
		return SIGTRAIL_BOX_FAILED;
	}
	if (sigtrail_mem_address || sigtrail_mem_size) {
		*start = sigtrail_mem_address;
		*size = sigtrail_mem_size;
		return SIGTRAIL_BOX_ADDRESS;
	}
	node = sigtrail_place_node();
	if (!node)
		return SIGTRAIL_BOX_NONE;
	reserved = of_reserved_mem_lookup(node);
	of_node_put(node);
	if (!reserved) {
		pr_err("sigtrail: the node of the device tree is not in reserved-memory\n");
		return SIGTRAIL_BOX_FAILED;
	}
	*start = reserved->base;
	*size = reserved->size;
	return SIGTRAIL_BOX_DEVICE_TREE;
}

/*
 * Takes the whole pages of the memory: a part of one, or of a line of the cache, can
 * be in use by somebody else, who writes to it through the cache.
 */
static const char * __init sigtrail_place_trim(u64 *start, u64 *size)
{
	u64 first = round_up(*start, (u64)PAGE_SIZE);
	u64 end = round_down(*start + *size, (u64)PAGE_SIZE);

	if (*start + *size < *start || (phys_addr_t)end != end)
		return "this machine has no such address";
	if (first >= end || end - first < sigtrail_ring_bytes(SIGTRAIL_RING_MIN))
		return "it is too small";
	if (first < __pa_symbol(_end) && end > __pa_symbol(_stext))
		return "the kernel itself is there";
	if (pfn_valid(PHYS_PFN(first)) != pfn_valid(PHYS_PFN(end - 1)))
		return "it is not of one kind";
	*start = first;
	*size = min_t(u64, end - first,
		      round_up(sigtrail_ring_bytes(SIGTRAIL_RING_MAX),
			       PAGE_SIZE));
	return NULL;
}

/*
 * Maps memory that the kernel has in its linear map. There it is cached, and here it
 * is not: nobody uses these pages there, so no dirty line of the cache is ever
 * written over them.
 */
static void * __init sigtrail_place_vmap(phys_addr_t start, size_t size)
{
	unsigned int count = size / PAGE_SIZE;
	struct page **pages;
	unsigned int i;
	void *mapped = NULL;

	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < count; i++) {
		if (!pfn_valid(PHYS_PFN(start) + i) ||
		    !PageReserved(pfn_to_page(PHYS_PFN(start) + i)))
			goto out;
		pages[i] = pfn_to_page(PHYS_PFN(start) + i);
	}
	mapped = vmap(pages, count, VM_MAP, pgprot_writecombine(PAGE_KERNEL));
out:
	kvfree(pages);
	return mapped;
}

/*
 * Uncached, but writes are combined: after a barrier what was written is in RAM when
 * the processor is reset without warning. With a cached mapping it would be lost with
 * the cache. The price is that reads are slow: so a hook only writes, unless it prints.
 */
static void * __init sigtrail_place_map(phys_addr_t start, size_t size)
{
	void *mapped;

	if (pfn_valid(PHYS_PFN(start)))
		return sigtrail_place_vmap(start, size);
	if (!request_mem_region(start, size, "sigtrail"))
		return NULL;
	mapped = (void __force *)ioremap_wc(start, size);
	if (!mapped)
		release_mem_region(start, size);
	return mapped;
}

/* Returns the black box, or NULL if there is none. */
static void * __init sigtrail_place_box(void)
{
	const char *why;
	u64 start = 0, size = 0;
	void *mapped = NULL;

	sigtrail_place.place = sigtrail_place_find(&start, &size);
	if (sigtrail_place.place == SIGTRAIL_BOX_NONE ||
	    sigtrail_place.place == SIGTRAIL_BOX_FAILED)
		return NULL;

	why = sigtrail_place_trim(&start, &size);
	if (!why) {
		mapped = sigtrail_place_map(start, size);
		why = "it is in use, or cannot be mapped";
	}
	if (!mapped) {
		pr_err("sigtrail: no black box of 0x%llx bytes at 0x%llx: %s\n",
		       size, start, why);
		sigtrail_place.place = SIGTRAIL_BOX_FAILED;
		return NULL;
	}
	sigtrail_place.start = start;
	sigtrail_place.size = size;
	return mapped;
}

static bool sigtrail_place_is_box(void)
{
	return sigtrail_place.place != SIGTRAIL_BOX_NONE &&
	       sigtrail_place.place != SIGTRAIL_BOX_FAILED;
}

static void * __init sigtrail_place_ordinary(void)
{
	u32 records = clamp_t(u32, sigtrail_ring_records, SIGTRAIL_RING_MIN,
			      SIGTRAIL_RING_MAX);
	size_t size = sigtrail_ring_bytes(records);

	sigtrail_place.size = size;
	return vzalloc(size);
}

/**
 * sigtrail_place_put - add where the ring is to a message
 * @skb: the message
 *
 * Return: 0, or -EMSGSIZE.
 */
int sigtrail_place_put(struct sk_buff *skb)
{
	const struct sigtrail_place *place = &sigtrail_place;

	if (nla_put_u32(skb, SIGTRAIL_ATTR_BOX_PLACE, place->place) ||
	    nla_put_u32(skb, SIGTRAIL_ATTR_BOX_SIZE, place->size))
		return -EMSGSIZE;
	if (sigtrail_place_is_box() &&
	    sigtrail_put_u64(skb, SIGTRAIL_ATTR_BOX_ADDRESS, place->start))
		return -EMSGSIZE;
	return 0;
}

static int __init sigtrail_place_init(void)
{
	void *memory = sigtrail_place_box();
	int err = -ENOMEM;
	u32 salt = 0;

	if (memory)
		salt = sigtrail_previous_keep(memory, sigtrail_place.size);
	else
		memory = sigtrail_place_ordinary();
	/* Random bytes so early may be those of the last boot. */
	if (memory)
		err = sigtrail_ring_init(&sigtrail_ring, memory,
					 sigtrail_place.size,
					 salt + (get_random_u32() | 1));
	if (err) {
		pr_err("sigtrail: no memory for the ring, nothing is recorded\n");
		/* The next boot must not take it for this one's. */
		if (sigtrail_place_is_box())
			sigtrail_box_forget(memory);
		else
			vfree(memory);
		return err;
	}
	sigtrail_alive_start();
	return 0;
}
core_initcall(sigtrail_place_init);
