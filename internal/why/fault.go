// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"path"
	"strings"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
)

// codes are the words for what the kernel raises: by signal, then by si_code, see
// sigaction(2).
var codes = map[syscall.Signal][]string{
	syscall.SIGSEGV: {"", "nothing is mapped at the address", "the mapping does not permit the access",
		"a bounds check failed", "a protection key denied the access"},
	syscall.SIGBUS: {"", "the address is not aligned", "no memory is at the address, as in a file that was cut short",
		"a fault of the hardware", "a memory error", "a memory error"},
	syscall.SIGILL: {"", "an illegal opcode", "an illegal operand", "an illegal addressing mode", "an illegal trap",
		"a privileged opcode", "a privileged register", "a coprocessor error", "an error of the stack"},
	syscall.SIGFPE: {"", "an integer was divided by zero", "an integer overflow", "a float was divided by zero",
		"a float overflow", "a float underflow", "an inexact float result", "an invalid float operation"},
	syscall.SIGSYS:  {"", "seccomp does not permit the system call"},
	syscall.SIGTRAP: {"", "a breakpoint", "a trace trap"},
}

// fault returns what the kernel raised a signal for, and where: " at address 0x0: nothing is
// mapped there; pc 0x10434, offset 0x434 of /usr/sbin/uhttpd". It is "" if that is unknown.
func (a *Asked) fault() (text string) {
	e := &a.Event
	reason, known := "", e.Flags&event.FlagFault != 0
	list := codes[syscall.Signal(e.Signal)]
	switch {
	case !e.FromKernel():
	case a.unaddressed():
		reason = "the kernel gave no address"
	case e.Code > 0 && int(e.Code) < len(list):
		reason = list[e.Code]
	}
	// What an instruction cannot do is at its own address.
	if known && (e.FaultAddress != e.FaultPC || e.Signal != uint32(syscall.SIGILL) && e.Signal != uint32(syscall.SIGFPE)) {
		text = " at address " + event.Address(e.FaultAddress).String()
		reason = strings.Replace(reason, " at the address", " there", 1)
	}
	if reason != "" {
		text += ": " + reason
	}
	if known {
		text += "; pc " + event.Address(e.FaultPC).String()
		if a.inFile() {
			text += ", " + a.offset()
		}
	}
	return text
}

// siKernel is the si_code of a signal of the kernel about which it says no more.
const siKernel = 0x80

// unaddressed reports whether the kernel gave no address for a fault: x86 does not for a general
// protection fault, nor MIPS for SIGILL.
func (a *Asked) unaddressed() bool {
	switch e := &a.Event; syscall.Signal(e.Signal) {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE:
		return e.FromKernel() && e.Code == siKernel
	}
	return false
}

// inFile reports whether the file was found that the program counter is in.
func (a *Asked) inFile() bool {
	return a.Found.File != "" && a.Event.Flags&event.FlagFault != 0 && a.Found.PC == a.Event.FaultPC
}

// share takes over in which file the fault was that ended a process, if that was found of an
// earlier fault at the same place: a handler that returns, or sets the default action, comes
// back to it.
func (e *End) share() {
	if e.By == nil || e.By.inFile() || e.By.Event.Flags&event.FlagFault == 0 {
		return
	}
	for _, a := range e.Before {
		if a.inFile() && a.Found.PC == e.By.Event.FaultPC {
			e.By.Found.File, e.By.Found.PC, e.By.Found.Offset = a.Found.File, a.Found.PC, a.Found.Offset
		}
	}
}

// offset returns it as "offset 0x434 of /usr/sbin/uhttpd".
func (a *Asked) offset() string {
	name, removed := fileOf(&a.Found)
	of := " of "
	if removed {
		of = " of the removed "
	}
	return "offset " + event.Address(a.Found.Offset).String() + of + event.Printable(name)
}

// fileOf returns the path of the file, and whether that had been removed when it was found: the
// kernel says so after the path.
func fileOf(n *found.Note) (name string, removed bool) {
	return strings.CutSuffix(n.File, " (deleted)")
}

// place returns lines that say more about where a fault occurred.
func (a *Asked) place() (lines []string) {
	if n := a.Event.Signals(); n > 1 && a.Event.Flags&event.FlagFault != 0 {
		lines = append(lines, "the record is of "+number(n)+" faults: address and pc are those of the first")
	}
	if a.inFile() {
		name, removed := fileOf(&a.Found)
		name = path.Base(name)
		line := "its source line: addr2line -e " + event.Printable(name) + " " + event.Address(a.Found.Offset).String()
		if !strings.HasSuffix(name, ".so") && !strings.Contains(name, ".so.") {
			line += " (if it is not PIE, " + event.Address(a.Found.PC).String() + ")"
		}
		lines = append(lines, line+", with the unstripped file")
		if removed {
			lines = append(lines, "that file had been removed by then, as by an upgrade: the build that fits is the old one")
		}
	}
	return lines
}
