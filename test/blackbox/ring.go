// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import (
	"bytes"
	"cmp"
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
	var empty []uint32
	slots := d.image[namesAt+nameLen*int(d.names):]
	for i := range d.slots {
		slot := slots[slotLen*i : slotLen*(i+1)]
		if bytes.Equal(slot, make([]byte, slotLen)) {
			empty = append(empty, i)
			continue
		}
		r, ok := d.record(slot)
		r.Seq = near(newest, uint32(r.Seq))
		if !ok || r.Seq == 0 || (r.Seq-1)%uint64(d.slots) != uint64(i) {
			if r.Seq >= kept {
				box.Damaged++
			}
			continue
		}
		box.Records = append(box.Records, r)
	}
	slices.SortFunc(box.Records, func(a, b Record) int { return cmp.Compare(a.Seq, b.Seq) })
	if n := len(box.Records); n > 0 {
		newest = max(newest, box.Records[n-1].Seq)
	}
	// A record that a newer one should have overwritten is stale.
	for len(box.Records) > 0 && box.Records[0].Seq+uint64(d.slots) <= newest {
		box.Records = box.Records[1:]
		box.Damaged++
	}
	// An empty slot is not yet in use, unless there are newer records.
	for _, i := range empty {
		if uint64(i) < newest {
			box.Damaged++
		}
	}
}

// near returns the number with these lower 32 bits that is nearest to another.
func near(other uint64, low uint32) uint64 {
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
	sum := uint32(0) // of the names' checks
	ok = true
	read := func(places []byte) (all []byte) {
		for ; len(places) > 0; places = places[2:] {
			place := uint32(o.Uint16(places))
			if place >= d.names {
				ok = false
				return nil
			}
			name := d.image[namesAt+nameLen*place:][:nameLen]
			sum += d.nameCheck(name)
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
