// SPDX-License-Identifier: GPL-2.0-only

package why

import "sigtrail/internal/found"

const trap = 5

// faults are stories of crashes of which something is not known, or not what it looks like.
var faults = []tale{
	{"segv without an address", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, siKernel, fatal).exit(hour+ms, dnsmasq, segv, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV: the kernel gave no address"},
	{"a breakpoint of x86", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, trap, siKernel, fatal).exit(hour+ms, dnsmasq, trap, 50*mins, 0),
		"dnsmasq 901 crashed by SIGTRAP"},
	{"in a file that was replaced", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, fatal).at(8, 0x10434).find(0, found.Note{File: "/usr/sbin/dnsmasq (deleted)", PC: 0x10434, Offset: 0x434}).
		exit(hour+ms, dnsmasq, segv, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV at address 0x8: nothing is mapped there; pc 0x10434, offset 0x434 of the removed /usr/sbin/dnsmasq"},
	{"in a replaced file, then in the new one", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, fatal).at(8, 0x10434).find(0, found.Note{File: "/usr/sbin/dnsmasq (deleted)", PC: 0x10434, Offset: 0x434}).
		exit(hour+ms, dnsmasq, segv, 50*mins, 0).
		kernel(2*hour, dnsmasq, dnsmasq, segv, 1, fatal).at(8, 0x10434).find(0, inDnsmasq).exit(2*hour+ms, dnsmasq, segv, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV at address 0x8: nothing is mapped there; pc 0x10434, offset 0x434 of /usr/sbin/dnsmasq"},
	{"a program with the name of a library", "my.socketd", alive().
		kernel(hour, party{"my.socketd", 7}, party{"my.socketd", 7}, segv, 1, fatal).at(8, 0x10434).
		find(0, found.Note{File: "/opt/(x) y/my.socketd", PC: 0x10434, Offset: 0x434}).exit(hour+ms, party{"my.socketd", 7}, segv, 50*mins, 0),
		"my.socketd 7 crashed by SIGSEGV at address 0x8: nothing is mapped there; pc 0x10434, offset 0x434 of /opt/(x) y/my.socketd"},
	{"in a library with a version", "dnsmasq", alive().
		kernel(hour, dnsmasq, dnsmasq, segv, 1, fatal).at(8, 0xb6e00434).
		find(0, found.Note{File: "/usr/lib/libubox.so.20240329 (deleted)", PC: 0xb6e00434, Offset: 0x434}).exit(hour+ms, dnsmasq, segv, 50*mins, 0),
		"dnsmasq 901 crashed by SIGSEGV at address 0x8: nothing is mapped there; pc 0xb6e00434, offset 0x434 of the removed /usr/lib/libubox.so.20240329"},
}
