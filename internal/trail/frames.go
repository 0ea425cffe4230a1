// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"sigtrail/internal/event"
	"sigtrail/internal/frame"
)

// item is an event, or a loss if its To is not 0.
type item struct {
	event event.Event
	loss  event.Loss
}

// number returns the item's first number, 0 for a note.
func (i *item) number() uint64 { return max(i.event.Seq, i.loss.From) }

// last returns the item's last number.
func (i *item) last() uint64 { return max(i.event.Seq, i.loss.To) }

// decoder decodes the frames of one file.
type decoder struct {
	frame.Decoder
	malformed int // frames that cannot be read
}

// each calls f for each event or loss of a frame of records, until it returns false.
func (d *decoder) each(fr frame.Frame, f func(*item) bool) bool {
	if fr.Type != frame.Records && fr.Type != frame.More {
		return true
	}
	err := d.Frame(fr)
	for err == nil {
		var i item
		var more bool
		if i.loss, more, err = d.Next(&i.event); err == nil && !more {
			return true
		}
		if err == nil && !f(&i) {
			return false
		}
	}
	d.malformed++
	return true
}

// headerFrame returns a frame with a trail's header.
func headerFrame(t *event.Trail) []byte { return frame.AppendHeader(nil, t.AppendHeader(nil)) }
