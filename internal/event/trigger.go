// SPDX-License-Identifier: GPL-2.0

package event

import (
	"fmt"
	"strconv"
)

// Trigger is a trigger of the module: which hits it counts, and what it has
// counted.
type Trigger struct {
	ID uint32

	Symbol     string // a function of the kernel, or a syscall by its plain name
	Offset     uint32 // bytes into it
	TargetName string // of the processes that it is for
	Skip       uint32 // hits that are counted without acting
	Per        Per
	Rate       uint32 // notices per second at the most

	Function    string // the kernel's own name of the function
	Hits        uint64 // by processes of that name
	Acted       uint64 // of these, those that made a notice
	RateLimited uint64 // those that made none for the rate
	Dropped     uint64 // those that found no room
	Missed      uint64 // hits by anybody within another probe
	Forgotten   uint64 // processes whose count was given up
	HeldBack    uint64 // hits that were not printed
}

// Per says which hits are counted together (enum sigtrail_trigger_per).
type Per uint32

const (
	PerProcess Per = iota
	PerName
)

var pers = []string{"process", "name"}

func (p Per) String() string { return word(pers, uint32(p)) }

// ParsePer undoes Per.String.
func ParsePer(s string) (Per, error) {
	if i := index(pers, s); i >= 0 {
		return Per(i), nil
	}
	return 0, fmt.Errorf("%q: hits are counted per process, or per name", s)
}

// Notice is that a trigger has acted.
type Notice struct {
	ID         uint32 // of the trigger
	Time       uint64 // ns of the kernel's local_clock()
	TargetPID  uint32
	TargetTID  uint32
	TargetName string
	StartTime  uint64 // ns of CLOCK_BOOTTIME, when the process started
	Count      uint64 // the hit's number
}

// Spec returns the trigger without its number and what it has counted: what
// makes it.
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
