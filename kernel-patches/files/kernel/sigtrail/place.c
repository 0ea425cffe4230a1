// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrail: where the ring is: in a black box, which is memory that the reset
 * leaves alone, or in ordinary memory.
 */
#include <linux/err.h>
#include <linux/init.h>
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

#include "compat.h"
#include "internal.h"

/* With its index, 320 KiB of ordinary memory. */
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

/* Fills in where the black box is to be. SIGTRAIL_BOX_NONE: nobody asked for one. */
static u32 __init sigtrail_place_find(phys_addr_t *start, phys_addr_t *size)
{
	struct reserved_mem *reserved;
	struct device_node *node;

	if (sigtrail_mem_name) {
		if (sigtrail_reserved_by_name(sigtrail_mem_name, start, size))
			return SIGTRAIL_BOX_NAME;
		pr_err("sigtrail: there is no reserve_mem= with the name %s\n",
		       sigtrail_mem_name);
		return SIGTRAIL_BOX_FAILED;
	}
	if (sigtrail_mem_address || sigtrail_mem_size) {
		*start = sigtrail_mem_address;
		*size = sigtrail_mem_size;
		return SIGTRAIL_BOX_ADDRESS;
	}
	node = of_find_compatible_node(NULL, NULL, "sigtrail");
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
 * Maps memory that the kernel has in its linear map. There it is cached, and here it
 * is not: nobody uses it there, so no dirty line of the cache is ever written over it.
 */
static void * __init sigtrail_place_vmap(phys_addr_t start, size_t size)
{
	unsigned long first = PHYS_PFN(start);
	unsigned int count = PFN_UP(start + size) - first;
	struct page **pages;
	unsigned int i;
	void *mapped = NULL;

	pages = kmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < count; i++) {
		if (!pfn_valid(first + i) ||
		    !PageReserved(pfn_to_page(first + i))) {
			pr_err("sigtrail: the memory at %pa is in use: it has to be reserved\n",
			       &start);
			goto out;
		}
		pages[i] = pfn_to_page(first + i);
	}
	mapped = vmap(pages, count, VM_MAP, pgprot_writecombine(PAGE_KERNEL));
	if (mapped)
		mapped += offset_in_page(start);
out:
	kfree(pages);
	return mapped;
}

/*
 * Uncached, but writes are combined: after a barrier what was written is in RAM when
 * the processor is reset without warning. With a cached mapping it would be lost with
 * the cache. The price is that reads are slow: so nothing on a hook's path reads.
 */
static void * __init sigtrail_place_map(phys_addr_t start, size_t size)
{
	if (pfn_valid(PHYS_PFN(start)))
		return sigtrail_place_vmap(start, size);
	return (void __force *)ioremap_wc(start, size);
}

/* Returns the black box, or NULL if there is none. */
static void * __init sigtrail_place_box(void)
{
	phys_addr_t start = 0, size = 0;
	void *mapped = NULL;
	u32 place;

	place = sigtrail_place_find(&start, &size);
	switch (place) {
	case SIGTRAIL_BOX_NONE:
	case SIGTRAIL_BOX_FAILED:
		break;
	default:
		size = min_t(phys_addr_t, size,
			     sigtrail_ring_bytes(SIGTRAIL_RING_MAX));
		if (!IS_ALIGNED(start, sizeof(u64)) ||
		    size < sigtrail_ring_bytes(SIGTRAIL_RING_MIN))
			pr_err("sigtrail: no black box at %pa: it needs an address that is a multiple of 8, and %zu bytes\n",
			       &start, sigtrail_ring_bytes(SIGTRAIL_RING_MIN));
		else
			mapped = sigtrail_place_map(start, size);
		if (!mapped) {
			pr_err("sigtrail: the black box at %pa cannot be used\n",
			       &start);
			place = SIGTRAIL_BOX_FAILED;
		}
	}
	sigtrail_place.place = place;
	if (mapped) {
		sigtrail_place.start = start;
		sigtrail_place.size = size;
	}
	return mapped;
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
	if (place->start &&
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
		return err;
	}
	if (sigtrail_place.start)
		sigtrail_alive_start();
	return 0;
}
core_initcall(sigtrail_place_init);
