// SPDX-License-Identifier: GPL-2.0-only

package event

import "golang.org/x/sys/unix"

// AppendLine appends the event as one line of the log, without a newline:
//
//	Signal :: (killall 883) --[15]--> (legacyd 564) SIGTERM delivered, fatal; parent (sh 645), uid 0
//	Signal :: (killall 883) --[15]--> (sh 570) SIGTERM delivered, fatal; parent (sh 645), uid 0; service legacyd, by service cron
//	Signal :: (flooder 120) --[10]--> (flooder 120) SIGUSR1 delivered, caught; parent (sh 1), uid 65534; 48211 times in 0.998211 s
//	Signal :: (killall 883) --[15]--> (legacyd 564) SIGTERM delivered, fatal; parent (reload.sh 645) < (crond 80), uid 0
//	Signal :: (kernel 0) --[11]--> (uhttpd 611) SIGSEGV delivered, fatal; in (uhttpd 611), fault at address 0x0, pc 0x10434
//	Summary :: uid 65534: 5120 more signals of its processes in 1.000211 s, one of them: (flooder 120) --[10]--> (victim 130) SIGUSR1
//	Exit :: (legacyd 564) killed by SIGTERM, 1.204512 s after its first signal to end
//	Exit :: (dnsmasq 901) exited 1 by itself, 0.312 s after its start
//	Mark :: (sh 123) text
//	Reboot :: (reboot 1290) restart "arg"; parent (init 1)
//	Survivor :: (dd 123) D in percpu_rwsem_wait; KILL pending
//	Switch :: (sh 99) enable=0; parent (login 98)
//	Claim :: (sigtrail 64)
//	Claim end :: (sigtrail 64)
//	Oops :: in (sh 99): text
//	Panic :: in (sh 99): text
//
// A note's line is its text. A signal's line begins as the kernel prints it.
func (e *Event) AppendLine(b []byte) []byte {
	switch e.Kind {
	case KindSignal:
		b = e.appendTo(e.appendSender(append(b, "Signal :: "...)))
		b = append(b, ' ')
		b = append(b, e.Outcome.String()...)
		b = e.AppendRemarks(b, ", ")
		b = e.AppendOrigin(b, "; ")
		b = e.AppendServices(b, "; ")
		b = e.AppendTimes(b, "; ")
	case KindSummary:
		b = e.AppendUser(append(b, "Summary :: "...))
		b = e.AppendSummary(append(b, ": "...))
	case KindExit:
		b = AppendProcess(append(b, "Exit :: "...), e.TargetName, e.TargetPID)
		b = e.AppendExit(append(b, ' '))
		b = e.AppendSince(b, ", ")
		b = e.AppendServices(b, "; ")
	case KindMark:
		b = e.appendSender(append(b, "Mark :: "...))
		b = AppendEscaped(append(b, ' '), e.Text)
	case KindReboot:
		b = e.appendSender(append(b, "Reboot :: "...))
		b = append(b, ' ')
		b = append(b, e.RebootCode.String()...)
		if e.Text != "" {
			b = AppendEscaped(append(b, ` "`...), e.Text)
			b = append(b, '"')
		}
		b = e.AppendSurvivors(b, "; ")
		b = e.AppendParent(b, "; ")
		b = e.AppendServices(b, "; ")
	case KindSurvivor:
		b = AppendProcess(append(b, "Survivor :: "...), e.TargetName, e.TargetPID)
		b = append(append(b, ' '), e.State.String()...)
		b = e.AppendWait(b, " ")
		b = e.AppendServices(b, "; ")
	case KindSwitch:
		b = e.appendSender(append(b, "Switch :: "...))
		b = AppendEscaped(append(b, ' '), e.Text)
		b = e.AppendParent(b, "; ")
		b = e.AppendServices(b, "; ")
	case KindClaim:
		b = e.appendSender(append(b, "Claim :: "...))
	case KindClaimEnd:
		b = e.appendSender(append(b, "Claim end :: "...))
	case KindOops:
		b = e.appendReason(append(b, "Oops :: "...))
	case KindPanic:
		b = e.appendReason(append(b, "Panic :: "...))
	case KindNote:
		b = AppendPrintable(b, e.Text)
	default: // from a newer kernel
		b = append(b, "Record :: "...)
		b = AppendUint(b, e.Seq)
		b = append(b, ", unknown kind "...)
		b = append(b, e.Kind.String()...)
	}
	return b
}

// String returns the event's line.
func (e *Event) String() string { return string(e.AppendLine(nil)) }

// appendTo appends, after the sender, a signal's number, target and name.
func (e *Event) appendTo(b []byte) []byte {
	b = append(b, " --["...)
	b = append(AppendUint(b, uint64(e.Signal)), "]--> "...)
	b = append(AppendProcess(b, e.TargetName, e.TargetPID), ' ')
	return append(b, SignalName(e.Signal)...)
}

// AppendRemarks appends a remark for each flag of a signal, the first after the
// separator first, the others after a comma. Fatal implies default.
func (e *Event) AppendRemarks(b []byte, first string) []byte {
	sep := first
	remark := func(s string) {
		b = append(append(b, sep...), s...)
		sep = ", "
	}
	if e.Flags&FlagCaught != 0 {
		remark("caught")
	}
	if e.Flags&FlagBlocked != 0 {
		remark("blocked")
	}
	if e.Flags&FlagFatal != 0 {
		remark("fatal")
	} else if e.Flags&FlagDefault != 0 {
		remark("default")
	}
	if e.Scope == ScopeThread && e.TargetTID != e.TargetPID {
		remark("to thread ")
		b = AppendUint(b, uint64(e.TargetTID))
	}
	if e.Flags&FlagBySigtrail != 0 {
		remark("by sigtrail")
	}
	return b
}

// AppendOrigin appends more about a signal's origin: the context if the kernel
// made it, else the sender's parent and user.
func (e *Event) AppendOrigin(b []byte, first string) []byte {
	if e.FromKernel() {
		if e.ContextPID != 0 {
			b = AppendProcess(append(append(b, first...), "in "...), e.ContextName, e.ContextPID)
			first = ", "
		}
		if e.Flags&FlagFault != 0 {
			b = e.AppendFault(append(b, first...))
		}
		return b
	}
	if e.FromText() { // it has neither
		return b
	}
	at := len(b)
	if b = e.AppendParent(b, first); len(b) != at {
		first = ", "
	}
	b = append(append(b, first...), "uid "...)
	return AppendUint(b, uint64(e.SenderUID))
}

// AppendFault appends where a fault occurred.
func (e *Event) AppendFault(b []byte) []byte {
	b = Address(e.FaultAddress).append(append(b, "fault at address "...))
	return Address(e.FaultPC).append(append(b, ", pc "...))
}

// AppendExit appends how a process ended.
func (e *Event) AppendExit(b []byte) []byte {
	sig, core := e.ExitSignal()
	if sig == 0 {
		b = AppendUint(append(b, "exited "...), uint64(e.ExitCode()))
		if e.ByItself() {
			b = append(b, " by itself"...)
		}
		return b
	}
	b = append(append(b, "killed by "...), SignalName(sig)...)
	if core {
		b = append(b, " (core dumped)"...)
	}
	if e.Flags&FlagOOM != 0 && sig == uint32(unix.SIGKILL) {
		b = append(b, " (out of memory"...)
		if e.PeakRSS != 0 { // some may have been taken from it before
			b = append(AppendUint(append(b, "; its peak was at least "...), e.PeakRSS), " KiB"...)
		}
		b = append(b, ')')
	}
	return b
}

// AppendSince appends how long a process lived after it was signalled, as far as
// that is known, or else after its start.
func (e *Event) AppendSince(b []byte, first string) []byte {
	if e.unasked() {
		s, rest := seconds(e.RunTime)
		b = AppendUint(append(b, first...), s)
		b = append(appendDigits(append(b, '.'), rest/1e6, 3), " s after its start"...)
		if e.Flags&FlagForgotten != 0 {
			b = append(b, ", signals to it may be unknown"...)
		}
		return b
	}
	if e.SinceFirst == 0 {
		if e.SinceLast != 0 {
			b = AppendSeconds(append(b, first...), e.SinceLast)
			b = append(b, " s after its last signal"...)
		}
		return b
	}
	b = AppendSeconds(append(b, first...), e.SinceFirst)
	b = append(b, " s after its first signal to end"...)
	if e.SinceLast != 0 && e.SinceLast != e.SinceFirst {
		b = AppendSeconds(append(b, ", "...), e.SinceLast)
		b = append(b, " s after its last"...)
	}
	return b
}

// AppendSeconds appends ns as seconds with six decimals, not rounded, as in
// printk's timestamps.
func AppendSeconds(b []byte, ns uint64) []byte {
	s, rest := seconds(ns)
	return appendDigits(append(AppendUint(b, s), '.'), rest/1e3, 6)
}

// AppendSurvivors appends how many user processes were there when reboot(2) was called,
// if that is known.
func (e *Event) AppendSurvivors(b []byte, first string) []byte {
	if n, ok := e.Survivors.Known(); ok {
		b = AppendUint(append(b, first...), uint64(n))
		b = append(b, " survivor"...)
		if n != 1 {
			b = append(b, 's')
		}
	}
	return b
}

// AppendWait appends more about a survivor: where in the kernel it waits, whether SIGKILL
// is pending, and which of its threads that is.
func (e *Event) AppendWait(b []byte, first string) []byte {
	sep := "; "
	remark := func(s string) {
		b = append(append(b, sep...), s...)
		sep = "; "
	}
	if first == "" || e.Text != "" {
		sep = first
	}
	if e.Text != "" {
		remark("in ")
		b = AppendEscaped(b, e.Text)
	}
	if e.Flags&FlagKillPending != 0 {
		remark("KILL pending")
	}
	if e.TargetTID != e.TargetPID && e.TargetTID != 0 {
		remark("thread ")
		b = AppendUint(b, uint64(e.TargetTID))
	}
	return b
}

// appendReason appends the kernel's reason for an oops or a panic, and in which process
// it occurred. No process is known of an interrupt.
func (e *Event) appendReason(b []byte) []byte {
	if e.ContextPID != 0 {
		b = AppendProcess(append(b, "in "...), e.ContextName, e.ContextPID)
		b = append(b, ": "...)
	}
	return AppendPrintable(b, e.Text)
}

// AppendLine appends the loss as one line of the log:
//
//	Lost :: 120 records, 5 to 124, overwritten before they could be read
//	Lost :: 1 record, 7, torn or damaged in the black box
func (l Loss) AppendLine(b []byte) []byte {
	b = AppendUint(append(b, "Lost :: "...), l.Records())
	they := "it"
	if l.Records() == 1 {
		b = AppendUint(append(b, " record, "...), l.From)
	} else {
		b = AppendUint(append(b, " records, "...), l.From)
		b = AppendUint(append(b, " to "...), l.To)
		they = "they"
	}
	if l.Damaged {
		return append(b, ", torn or damaged in the black box"...)
	}
	if l.Dropped {
		return append(b, ", which the trail had no room for"...)
	}
	b = append(append(b, ", overwritten before "...), they...)
	return append(b, " could be read"...)
}

// String returns the loss's line.
func (l Loss) String() string { return string(l.AppendLine(nil)) }
