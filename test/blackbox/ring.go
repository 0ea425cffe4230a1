// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import (
	"bytes"
	"cmp"
	"slices"
)

// ring reads the slots of all parts.
func (d *decoder) ring(box *Box) {
	box.slots = map[uint64]int{}
	for i := range d.parts {
		kept := uint64(1) // those before may have lost their names
		if data := d.image[keptAt+keptLen*i:][:keptLen]; d.passes(data) {
			kept = d.order.Uint64(data[8:])
		}
		d.part(&d.parts[i], kept, box)
	}
	slices.SortFunc(box.Records, func(a, b Record) int { return cmp.Compare(a.Seq, b.Seq) })
}

// slot returns where a slot is.
func (p *part) slot(i uint32) int { return p.at + nameSize*int(p.names) + slotLen*int(i) }

// part reads the slots up to the last one in use. Those after it have never been used: a
// part is filled from its first slot to its last, and then again. From the oldest record
// on, the numbers ascend.
func (d *decoder) part(p *part, kept uint64, box *Box) {
	used := p.slots
	for used > 0 && d.empty(p, used-1) {
		used--
	}
	all := make([]Record, used)
	whole := make([]bool, used)
	oldest := uint32(0)
	for i := range used {
		all[i], whole[i] = d.record(p, i)
		all[i].Seq = near(box.Alive, uint32(all[i].Seq))
		// The count of the record in the last slot is in the first one.
		older := all[i].Seq < all[oldest].Seq || all[i].Seq == all[oldest].Seq && all[i].Kind != repeats
		if whole[i] && (!whole[oldest] || older) {
			oldest = i
		}
	}
	last := uint64(0)
	for j := range used {
		i := (oldest + j) % used
		switch r := all[i]; {
		case !whole[i]:
			if int64(r.Seq) >= int64(kept) {
				box.Damaged++
			}
		case r.Kind == repeats || r.Seq < kept:
		case r.Seq <= last:
			box.Damaged++
		default:
			if r.Kind == Signal || r.Kind == Summary {
				r.Count = 1
				if i+1 < used || used == p.slots {
					r.Count, r.TimeLast = d.count(p, (i+1)%p.slots, uint32(r.Seq))
				}
			}
			last = r.Seq
			box.slots[r.Seq] = p.slot(i)
			box.Records = append(box.Records, r)
		}
	}
}

func (d *decoder) empty(p *part, i uint32) bool {
	return bytes.Equal(d.image[p.slot(i):][:slotLen], make([]byte, slotLen))
}

// count returns how many signals a record stands for, by the slot after it.
func (d *decoder) count(p *part, after, low uint32) (n uint32, last uint64) {
	switch r, whole := d.record(p, after); {
	case !whole:
		return 0, 0
	case r.Kind == repeats && uint32(r.Seq) == low:
		return r.Count, r.TimeLast
	default:
		return 1, 0
	}
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
func (d *decoder) record(p *part, i uint32) (r Record, ok bool) {
	o, slot := d.order, d.image[p.slot(i):][:slotLen]
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
	if r.Kind >= kinds && r.Kind != repeats {
		return r, false
	}
	names := reader{decoder: d, part: p, ok: true}
	r.SenderName, r.SenderCgroup = names.name(slot[22:])
	line := names.line(slot[24:])
	r.ParentName, r.ParentCgroup = line[0].Name, line[0].Cgroup
	copy(r.Ancestors[:], line[1:])
	r.TargetName, r.TargetCgroup = names.name(slot[26:])
	switch first := slot[32:48]; r.Kind {
	case repeats:
		r.Count, r.TimeLast = o.Uint32(slot[44:]), o.Uint64(slot[48:])
	case Exit:
		r.SinceFirst, r.SinceLast = o.Uint64(first), o.Uint64(first[8:])
		r.PeakRSS = o.Uint32(slot[52:])
		r.RunTime = uint64(r.Signal) | uint64(r.Outcome)<<8 | uint64(r.Scope)<<16 | uint64(r.Value>>16)<<24
		r.Value, r.Signal, r.Outcome, r.Scope = r.Value&0xffff, 0, 0, 0
	case Survivor:
		r.Wait = names.text(first)
	default:
		if r.Flags&fault != 0 {
			r.FaultAddress, r.FaultPC = o.Uint64(first), o.Uint64(first[8:])
			break
		}
		r.SenderPID, r.SenderTID, r.SenderUID, r.ParentPID = o.Uint32(first), o.Uint32(first[4:]), o.Uint32(first[8:]), o.Uint32(first[12:])
	}
	switch second := slot[48:56]; r.Kind {
	case repeats:
	case Exit:
		r.TargetPID, r.TargetTID = o.Uint32(second), o.Uint32(second)
	case Signal, Survivor, Summary:
		r.TargetPID, r.TargetTID = o.Uint32(second), o.Uint32(second[4:])
	default:
		r.Text = names.text(second)
	}
	if r.Flags&fault != 0 { // its context is its target
		r.SenderName, r.SenderCgroup, r.SenderPID, r.SenderTID = r.TargetName, r.TargetCgroup, r.TargetPID, r.TargetTID
	}
	return r, names.ok && mix(d.check(slot[4:]), names.sum) == o.Uint32(slot)
}
