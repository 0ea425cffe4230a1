/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernel versions that the module is built for.
 */
#ifndef _SIGTRAIL_TRIGGER_COMPAT_H
#define _SIGTRAIL_TRIGGER_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

/* Who may join a multicast group, in its struct genl_multicast_group. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define SIGTRAIL_TRIGGER_MCGRP_FOR_ADMIN .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define SIGTRAIL_TRIGGER_MCGRP_FOR_ADMIN .flags = GENL_UNS_ADMIN_PERM
#endif

#endif /* _SIGTRAIL_TRIGGER_COMPAT_H */
