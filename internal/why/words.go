// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"cmp"
	"strconv"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
)

// size returns KiB of memory, rounded down.
func size(kib uint64) string {
	if kib < 1024 {
		return number(kib) + " KiB"
	}
	return number(kib/1024) + "." + number(kib%1024*10/1024) + " MiB"
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func who(name string, pid uint32) string { return string(event.AppendProcess(nil, name, pid)) }

// title returns a process as "dnsmasq 901".
func title(name string, pid uint32) string {
	return cmp.Or(event.Escaped(name), "process") + " " + number(uint64(pid))
}

// sender returns who sent a signal: `(killall 120) "killall dnsmasq" < (sh 99) < (crond 80)`.
func (a *Asked) sender() string {
	e := &a.Event
	by := who(e.Sender())
	if a.knowsSender() {
		by = found.Chain(a.Found.Sender[:1], false)
	}
	if e.ParentPID > 1 && !a.reparented() {
		by += " < " + a.parents()
	}
	if e.SenderService != "" && e.SenderService != e.TargetService && !event.NamesakeOf(e.SenderService, e.SenderName) {
		by += " (service " + event.Escaped(e.SenderService) + ")"
	}
	return by
}

// knowsSender reports whether the sender's command was found.
func (a *Asked) knowsSender() bool {
	list := a.Found.Sender
	return len(list) > 0 && list[0].PID == a.Event.SenderPID && list[0].Name == a.Event.SenderName
}

func (a *Asked) parents() string { return string(a.Event.AppendParents(nil)) }

// reparented reports whether the process that started the sender had ended.
func (a *Asked) reparented() bool {
	e := &a.Event
	return e.Flags&event.FlagReparented != 0 && !e.FromKernel() && e.SenderPID != e.TargetPID
}

// details returns lines about the sender, and about what was found. ended: its own end is told, too.
func (a *Asked) details(ended bool) (lines []string) {
	if a.reparented() && !ended {
		lines = append(lines, who(a.Event.Sender())+" was not started by "+who(a.Event.ParentName, a.Event.ParentPID)+", but by another process")
	}
	if a.knowsSender() {
		list := a.Found.Sender[1:]
		for len(list) > 0 && list[len(list)-1].Command == "" {
			list = list[:len(list)-1]
		}
		if len(list) > 0 {
			lines = append(lines, "commands: "+found.Chain(list, a.Found.More))
		}
	}
	return append(lines, a.place()...)
}

// asker returns a line about who may have asked init: for the first signal of a stop, as init
// sends the second one by itself.
func (e *End) asker() []string {
	for _, a := range []*Asked{e.Stop, e.By} {
		if a != nil && len(a.Found.Asker) > 0 {
			return []string{"found, not recorded: perhaps asked by " + found.Chain(a.Found.Asker, a.Found.More)}
		}
	}
	return nil
}

// that returns who sent a signal, after its name: " that (killall 120) < (sh 99) sent".
func (a *Asked) that() string {
	e := &a.Event
	switch {
	case e.FromKernel():
		return cmp.Or(a.fault(), " of the kernel")
	case e.SenderPID == e.TargetPID && e.Signal == uint32(syscall.SIGPIPE):
		return ", as for a write to a closed pipe"
	case e.SenderPID == e.TargetPID:
		return " that it sent itself"
	}
	return " that " + a.sender() + " sent"
}

// by returns the same for a list: "by (procd 1)".
func (a *Asked) by() string {
	e := &a.Event
	switch {
	case e.FromKernel() && e.Flags&event.FlagFault != 0 && a.Count == 1:
		return string(e.AppendFault([]byte("by the kernel for a ")))
	case e.FromKernel():
		return "by the kernel"
	case e.SenderPID == e.TargetPID:
		return "by itself"
	}
	if a.reparented() {
		return "by " + a.sender() + ", re-parented to " + a.parents()
	}
	return "by " + a.sender()
}

// times returns " 3 times", "" for once.
func (a *Asked) times() string {
	if a.Count < 2 {
		return ""
	}
	return " " + number(a.Count) + " times"
}

// became returns what a process did with a signal.
func (a *Asked) became() string {
	e := &a.Event
	switch {
	case e.Outcome == event.AlreadyPending:
		return "already pending"
	case !e.Outcome.Taken():
		return e.Outcome.String()
	case e.Flags&event.FlagBlocked != 0:
		return "blocked"
	case e.Flags&event.FlagCaught != 0:
		return "handled"
	}
	return "delivered"
}
