// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"fmt"
	"strconv"
	"strings"
)

// Trigger is a trigger of the module: its definition and its counters.
type Trigger struct {
	ID uint32

	Symbol     string // a kernel function, or a syscall by its plain name
	Offset     uint32 // bytes into it
	TargetName string // of the processes to watch
	Skip       uint32 // hits that are only counted
	Per        Per
	Rate       uint32 // notices per second, at most

	Function    string // the function's name in the kernel
	Hits        uint64 // by processes of that name
	Acted       uint64 // hits with a notice
	RateLimited uint64 // hits without a notice, because of the rate
	Dropped     uint64 // hits without a notice, because of lack of memory
	Missed      uint64 // hits by any process inside another probe
	Forgotten   uint64 // processes whose count was given up
	HeldBack    uint64 // hits that were not printed
}

// Per is which hits are counted together (enum sigtrail_trigger_per).
type Per uint32

const (
	PerProcess Per = iota
	PerName
)

var pers = []string{"process", "name"}

func (p Per) String() string { return word(pers, uint32(p)) }

// ParsePer is the inverse of Per.String.
func ParsePer(s string) (Per, error) {
	if i := index(pers, s); i >= 0 {
		return Per(i), nil
	}
	return 0, fmt.Errorf("allowed are %s", strings.Join(pers, ", "))
}

// Notice is the message about a hit.
type Notice struct {
	ID         uint32 // of the trigger
	Time       uint64 // ns of the kernel's local_clock()
	TargetPID  uint32
	TargetTID  uint32
	TargetName string
	StartTime  uint64 // of the process, in ns of CLOCK_BOOTTIME
	Count      uint64 // the hit's number
}

// Spec returns the trigger's definition, without its id and counters.
func (t *Trigger) Spec() Trigger {
	return Trigger{Symbol: t.Symbol, Offset: t.Offset, TargetName: t.TargetName, Skip: t.Skip, Per: t.Per, Rate: t.Rate}
}

// AppendLine appends the trigger as one line, without a newline:
//
//	3: write (sys_write) of (toy), skip 2 per process, 100 a second: hits 5, acted 3, ...
func (t *Trigger) AppendLine(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(t.ID), 10)
	b = AppendPrintable(append(b, ": "...), t.Symbol)
	if t.Offset != 0 {
		b = strconv.AppendUint(append(b, '+'), uint64(t.Offset), 10)
	}
	b = append(AppendPrintable(append(b, " ("...), t.Function), ") of ("...)
	b = append(AppendEscaped(b, t.TargetName), ')')
	b = strconv.AppendUint(append(b, ", skip "...), uint64(t.Skip), 10)
	b = append(append(b, " per "...), t.Per.String()...)
	b = strconv.AppendUint(append(b, ", "...), uint64(t.Rate), 10)
	b = append(b, " a second"...)
	sep := ": "
	for i := range triggerCounts {
		c := &triggerCounts[i]
		b = append(append(append(b, sep...), c.Key...), ' ')
		b = strconv.AppendUint(b, *c.At(t).(*uint64), 10)
		sep = ", "
	}
	return b
}
