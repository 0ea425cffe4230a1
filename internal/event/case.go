// SPDX-License-Identifier: GPL-2.0-only

package event

import "strconv"

// Case is the result of a kill: of a signal sent to end a process, and the wait
// for its end.
type Case struct {
	Rule       string // that asked for it; "": sigtrail kill
	TargetPID  uint32
	TargetName string // "": unknown, as the process had ended
	Signal     uint32
	Escalate   uint32 // sent when the first signal did not help; 0: not sent
	End        CaseEnd
	Reason     string // why no signal was sent, or why the process survived
	ReasonWord string // of a survivor: see docs/respond.md
	NoPidfd    string // what was done without a pidfd, and why; "": nothing

	// Measured in user space, in ns: from right before the first signal, and
	// the last one, to the wake-up by the process's end, or to the end of the
	// wait.
	SeenFirst, SeenLast uint64

	// From the kernel's records, valid if Recorded: from the signals to the
	// exit.
	Recorded              bool
	ExitStatus            uint32 // as wait(2) reports it
	SinceFirst, SinceLast uint64 // ns; 0: unknown
}

// CaseEnd is how a case ended.
type CaseEnd uint32

const (
	CaseExited       CaseEnd = iota
	CaseEscalated            // it exited after the harder signal
	CaseSurvived             // it did not exit within the timeouts
	CaseAbandoned            // the wait was stopped
	CaseVanished             // not signalled, nor in the following cases: it had ended
	CaseOther                // another process has the process id now
	CaseProtected            // it is protected
	CaseDryRun               // the rule is a dry run
	CaseNotPermitted         // EPERM
	CaseFailed               // the kernel refused the signal for another reason
)

var caseEnds = []string{"exited", "escalated", "survived", "abandoned", "vanished", "other", "protected", "dry_run",
	"not_permitted", "failed"}

func (e CaseEnd) String() string { return word(caseEnds, uint32(e)) }

// Sent reports whether the first signal was sent.
func (c *Case) Sent() bool { return c.End < CaseVanished }

// Ended reports whether the process has ended, signalled or not.
func (c *Case) Ended() bool { return c.End <= CaseEscalated || c.End == CaseVanished }

// AppendLine appends the case as one line, without a newline:
//
//	1234 (java): SIGTERM, exited 0 after 0.123301 s (kernel), 0.123456 s (pidfd)
//	1234 (java): SIGTERM, ended after 0.123456 s
//	1234 (java): SIGTERM, SIGKILL after 5.000112 s, ended after 5.012003 s
//	1234 (java): SIGTERM, ended after 0.130122 s; a sandbox refuses pidfd_open (operation not permitted): seen in /proc, every 10 ms
//	1234 (java): SIGTERM, still alive after 10.000087 s: it ignores SIGTERM
//	1 (procd): SIGTERM not sent: it is init
//
// If the kernel part recorded the exit, its time comes first, with how the process
// ended. Times are written as by AppendSeconds.
func (c *Case) AppendLine(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(c.TargetPID), 10)
	if c.TargetName != "" {
		b = append(AppendEscaped(append(b, " ("...), c.TargetName), ')')
	}
	b = append(append(b, ": "...), SignalName(c.Signal)...)
	if !c.Sent() {
		return append(append(b, " not sent: "...), c.Reason...)
	}
	if c.Escalate != 0 {
		b = append(append(b, ", "...), SignalName(c.Escalate)...)
		b = c.appendAfter(b, c.SeenFirst-c.SeenLast)
	}
	switch {
	case !c.Ended():
		b = c.appendAfter(append(b, ", still alive"...), c.SeenFirst)
		if c.End == CaseAbandoned {
			b = append(b, ", stopped waiting"...)
		}
		if c.Reason != "" {
			b = append(append(b, ": "...), c.Reason...)
		}
	case c.Recorded:
		exit := Event{ExitStatus: c.ExitStatus}
		b = exit.AppendExit(append(b, ", "...))
		if c.SinceFirst != 0 {
			b = append(c.appendAfter(b, c.SinceFirst), " (kernel), "...)
			b = append(AppendSeconds(b, c.SeenFirst), " s"...)
		} else {
			b = c.appendAfter(b, c.SeenFirst)
		}
		if c.NoPidfd == "" {
			b = append(b, " (pidfd)"...)
		}
	default:
		b = c.appendAfter(append(b, ", ended"...), c.SeenFirst)
	}
	if c.NoPidfd != "" {
		b = append(append(b, "; "...), c.NoPidfd...)
	}
	return b
}

func (c *Case) appendAfter(b []byte, ns uint64) []byte {
	return append(AppendSeconds(append(b, " after "...), ns), " s"...)
}

// String returns the case's line.
func (c *Case) String() string { return string(c.AppendLine(nil)) }

// caseJSON is the JSON form of a Case.
type caseJSON struct {
	Rule         Name    `json:"rule,omitempty"`
	TargetPID    uint32  `json:"target_pid"`
	TargetName   Name    `json:"target_name"`
	Signal       uint32  `json:"signal"`
	SignalName   string  `json:"signal_name"`
	Escalate     uint32  `json:"escalate,omitempty"`
	EscalateName string  `json:"escalate_name,omitempty"`
	End          string  `json:"end"`
	Reason       string  `json:"reason,omitempty"`
	ReasonWord   string  `json:"reason_word,omitempty"`
	NoPidfd      string  `json:"no_pidfd,omitempty"`
	SeenFirst    *Nanos  `json:"seen_first,omitempty"`
	SeenLast     *Nanos  `json:"seen_last,omitempty"`
	ExitStatus   *uint32 `json:"exit_status,omitempty"`
	SinceFirst   Nanos   `json:"since_first,omitempty"`
	SinceLast    Nanos   `json:"since_last,omitempty"`
}

// AppendJSON appends the case as one JSON object, without a newline. Keys are
// as in Event.AppendJSON; seen_first and seen_last are in ns. Unknown times are
// left out.
func (c *Case) AppendJSON(b []byte) []byte {
	j := caseJSON{Rule: Name(c.Rule), TargetPID: c.TargetPID, TargetName: Name(c.TargetName), Signal: c.Signal,
		SignalName: SignalName(c.Signal), End: c.End.String(), Reason: c.Reason,
		ReasonWord: c.ReasonWord, NoPidfd: c.NoPidfd}
	if c.Escalate != 0 {
		j.Escalate, j.EscalateName = c.Escalate, SignalName(c.Escalate)
	}
	if c.Sent() {
		j.SeenFirst, j.SeenLast = (*Nanos)(&c.SeenFirst), (*Nanos)(&c.SeenLast)
	}
	if c.Recorded {
		j.ExitStatus, j.SinceFirst, j.SinceLast = &c.ExitStatus, Nanos(c.SinceFirst), Nanos(c.SinceLast)
	}
	return AppendValue(b, &j)
}

// Note returns the case as a note for the trail.
func (c *Case) Note() Event {
	text := "sigtrail kill: "
	if c.Rule != "" {
		text = "rule " + c.Rule + ": "
	}
	return Event{Kind: KindNote, Signal: c.Signal, TargetPID: c.TargetPID, TargetName: c.TargetName,
		ExitStatus: c.ExitStatus, SinceFirst: c.SinceFirst, SinceLast: c.SinceLast, Text: text + c.String()}
}
