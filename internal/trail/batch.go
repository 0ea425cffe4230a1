// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// A frame of a batch is small: a damaged one costs no more than its own records.
const batchFrame = 1 << 10

// Batch is a number of events and losses that are stored at once. Each of its frames can be
// read by itself.
type Batch struct {
	encoder frame.Encoder
	pieces  []piece
	last    uint64 // newest number; 0: none
}

// piece is a frame of a batch.
type piece struct {
	bytes        []byte
	begin        int
	lines, notes int
	time         uint64 // of the first event
}

// Event adds an event.
func (b *Batch) Event(e *event.Event) {
	p := b.piece()
	b.encoder.Event(e)
	if p.lines++; p.time == 0 {
		p.time = e.Time
	}
	if e.Kind == event.KindNote {
		p.notes++
	}
	b.last = max(b.last, e.Seq)
}

// Loss adds a loss.
func (b *Batch) Loss(l event.Loss) {
	p := b.piece()
	b.encoder.Loss(l)
	p.lines++
	b.last = max(b.last, l.To)
}

// piece returns the open frame.
func (b *Batch) piece() *piece {
	if b.encoder.Full(batchFrame) {
		b.encoder.Seal(b.last)
	}
	if !b.encoder.Open() {
		b.encoder.Restart()
		b.pieces = append(b.pieces, piece{begin: len(b.encoder.Buf)})
	}
	return &b.pieces[len(b.pieces)-1]
}

// sealed returns the frames.
func (b *Batch) sealed() []piece {
	b.encoder.Seal(b.last)
	end := len(b.encoder.Buf)
	for i := len(b.pieces) - 1; i >= 0; i-- {
		p := &b.pieces[i]
		p.bytes, end = b.encoder.Buf[p.begin:end:end], p.begin
	}
	return b.pieces
}

// Size returns the bytes of all frames.
func (b *Batch) Size() int { return len(b.encoder.Buf) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.encoder.Seal(0)
	b.encoder.Buf, b.pieces, b.last = b.encoder.Buf[:0], b.pieces[:0], 0
}

// count returns how many events and losses, and how many notes among them, frames have.
func count(list []piece) (lines, notes int) {
	for i := range list {
		lines += list[i].lines
		notes += list[i].notes
	}
	return lines, notes
}
