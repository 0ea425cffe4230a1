// SPDX-License-Identifier: GPL-2.0

//go:build !(mips || mipsle || mips64 || mips64le)

package event

// The highest signal number: _NSIG of include/uapi/asm-generic/signal.h.
const rtMax = 64

// As include/uapi/asm-generic/signal.h has them; ARM, PowerPC and x86 agree.
var signals = [...]string{
	1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE",
	9: "KILL", 10: "USR1", 11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT",
	17: "CHLD", 18: "CONT", 19: "STOP", 20: "TSTP", 21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU",
	25: "XFSZ", 26: "VTALRM", 27: "PROF", 28: "WINCH", 29: "IO", 30: "PWR", 31: "SYS",
}
