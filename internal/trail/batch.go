// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"

	"sigtrail/internal/event"
)

// Batch is a number of whole lines that are stored at once.
type Batch struct {
	lines []byte
	last  uint64 // newest number; 0: none
}

// Event adds an event.
func (b *Batch) Event(e *event.Event) {
	b.lines = append(e.AppendStored(b.lines), '\n')
	b.last = max(b.last, e.Seq)
}

// Loss adds a loss.
func (b *Batch) Loss(l event.Loss) {
	b.lines = append(l.AppendJSON(b.lines), '\n')
	b.last = max(b.last, l.To)
}

// Size returns the bytes of all lines.
func (b *Batch) Size() int { return len(b.lines) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.lines, b.last = b.lines[:0], 0 }

// firstTime returns the time of the first event in lines, 0 if there is none.
func firstTime(lines []byte) uint64 {
	for len(lines) > 0 {
		line, rest, _ := bytes.Cut(lines, []byte("\n"))
		if e, _, err := event.DecodeStored(line); err == nil && e.Time != 0 {
			return e.Time
		}
		lines = rest
	}
	return 0
}
