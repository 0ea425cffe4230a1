// SPDX-License-Identifier: GPL-2.0

//go:build mips || mipsle || mips64 || mips64le

package event

// The highest signal number: _NSIG of arch/mips/include/uapi/asm/signal.h less
// the one that no wait status could hold.
const rtMax = 127

// As arch/mips/include/uapi/asm/signal.h has them.
var signals = [...]string{
	1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "EMT", 8: "FPE",
	9: "KILL", 10: "BUS", 11: "SEGV", 12: "SYS", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "USR1",
	17: "USR2", 18: "CHLD", 19: "PWR", 20: "WINCH", 21: "URG", 22: "IO", 23: "STOP", 24: "TSTP",
	25: "CONT", 26: "TTIN", 27: "TTOU", 28: "VTALRM", 29: "PROF", 30: "XCPU", 31: "XFSZ",
}
