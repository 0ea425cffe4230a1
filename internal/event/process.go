// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"strconv"
	"strings"
)

// HasSender reports whether events of this kind have a sender.
func (e *Event) HasSender() bool { return e.Kind != KindExit && e.Kind != KindSurvivor }

// Sender returns the sender's name and process id: "kernel" and 0 if the kernel
// made the signal.
func (e *Event) Sender() (name string, pid uint32) {
	if e.FromKernel() {
		return "kernel", 0
	}
	return e.SenderName, e.SenderPID
}

func (e *Event) appendSender(b []byte) []byte {
	name, pid := e.Sender()
	return AppendProcess(b, name, pid)
}

// AppendProcess appends a process as "(procd 1)". The name is escaped, so the
// first closing bracket ends the process.
func AppendProcess(b []byte, name string, pid uint32) []byte {
	b = AppendEscaped(append(b, '('), name)
	b = AppendUint(append(b, ' '), uint64(pid))
	return append(b, ')')
}

// CutProcess cuts a process, as AppendProcess writes it, off the beginning of s,
// and returns the rest. ok is false for any other form, and for a name longer than
// NameMax.
func CutProcess(s string) (name string, pid uint32, rest string, ok bool) {
	inner, rest, _ := strings.Cut(s, ")")
	i := strings.LastIndexByte(inner, ' ')
	if i < 1 {
		return "", 0, s, false
	}
	name, err := Unescape(inner[1:i])
	n, _ := strconv.ParseUint(inner[i+1:], 10, 32) // the comparison below catches errors
	pid = uint32(n)
	return name, pid, rest, err == nil && len(name) <= NameMax && string(AppendProcess(nil, name, pid))+rest == s
}
