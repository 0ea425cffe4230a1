// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
)

// ring reads the slots.
func (d *decoder) ring(box *Box) {
	newest := uint64(0)
	if box.Alive != nil {
		newest = box.Alive.Seq
	}
	kept := uint64(0) // those before may have lost their names
	if data := d.image[keptAt:faultAt]; d.passes(data) {
		kept = d.order.Uint64(data[8:])
	}
	slots := d.image[namesAt+nameLen*int(d.names):]
	for i := range d.slots {
		if r, ok := d.record(slots[slotLen*i:][:slotLen]); ok {
			r.Seq = near(box.Alive, uint32(r.Seq))
			if (r.Seq-1)%uint64(d.slots) == uint64(i) {
				box.Records = append(box.Records, r)
				newest = max(newest, r.Seq)
			}
		}
	}
	// Each number from here on is a record, or one was damaged.
	first := max(kept, 1)
	if newest > uint64(d.slots) {
		first = max(first, newest-uint64(d.slots)+1)
	}
	first = min(first, newest+1)
	box.Records = slices.DeleteFunc(box.Records, func(r Record) bool { return r.Seq < first })
	box.Damaged = int(newest+1-first) - len(box.Records)
	for i := newest; i < uint64(d.slots); i++ { // not yet in use
		if !bytes.Equal(slots[slotLen*i:][:slotLen], make([]byte, slotLen)) {
			box.Damaged++
		}
	}
	slices.SortFunc(box.Records, func(a, b Record) int { return cmp.Compare(a.Seq, b.Seq) })
}

// near returns the number with these lower 32 bits that is nearest to that of a moment.
func near(a *Alive, low uint32) uint64 {
	other := uint64(0)
	if a != nil {
		other = a.Seq
	}
	return other + uint64(int64(int32(low-uint32(other))))
}

// record reads a slot, and reports whether it passes its check.
func (d *decoder) record(slot []byte) (r Record, ok bool) {
	o := d.order
	r = Record{
		Seq:     uint64(o.Uint32(slot[4:])),
		Time:    o.Uint64(slot[8:]),
		Kind:    Kind(slot[16]),
		Signal:  slot[17],
		Outcome: slot[18],
		Scope:   slot[19],
		Flags:   o.Uint16(slot[20:]),
		Value:   o.Uint32(slot[28:]),
	}
	if r.Kind >= kinds {
		return r, false
	}
	sum, turn := uint32(0), 0 // of the names' checks
	ok = true
	read := func(places []byte) (all []byte) {
		for ; len(places) > 0; places = places[2:] {
			place := uint32(o.Uint16(places))
			if place >= d.names {
				ok = false
				return nil
			}
			name := d.image[namesAt+nameLen*place:][:nameLen]
			sum += bits.RotateLeft32(d.nameCheck(name), turn)
			turn += 5
			all = append(all, name...)
		}
		return all
	}
	r.SenderName = text(read(slot[22:24]))
	r.ParentName = text(read(slot[24:26]))
	r.TargetName = text(read(slot[26:28]))
	switch first := slot[32:48]; r.Kind {
	case Exit:
		r.SinceFirst, r.SinceLast = o.Uint64(first), o.Uint64(first[8:])
	case Survivor:
		r.Wait = text(read(first[:2*textPlaces]))
	default:
		r.SenderPID, r.SenderTID, r.SenderUID, r.ParentPID = o.Uint32(first), o.Uint32(first[4:]), o.Uint32(first[8:]), o.Uint32(first[12:])
	}
	switch second := slot[48:56]; r.Kind {
	case Signal, Exit, Survivor:
		r.TargetPID, r.TargetTID = o.Uint32(second), o.Uint32(second[4:])
	default:
		r.Text = text(read(second))
	}
	return r, ok && mix(d.check(slot[4:]), sum) == o.Uint32(slot)
}
