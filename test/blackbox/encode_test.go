// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// encoder makes an image.
type encoder struct {
	decoder
	next [1 + users]struct{ name, slot uint32 }
	at   map[uint64]int // where the slot of a record was written last
}

const size = 12000

func newEncoder(order binary.ByteOrder) *encoder {
	e := &encoder{decoder: decoder{image: make([]byte, size), order: order, salt: 0x1234567}, at: map[uint64]int{}}
	for i, word := range []uint32{magic, layout, size, 50, 200, 5, 10, e.salt, 0} {
		order.PutUint32(e.image[4*i:], word)
	}
	e.sealHeader()
	e.divide(50, 200, 5, 10)
	for i := range e.next {
		e.next[i].name = 1
	}
	return e
}

func (e *encoder) sealHeader() { e.seal(headerLen-4, e.image[:headerLen-4]) }

// seal writes the check of some words.
func (e *encoder) seal(at int, words []byte) {
	e.order.PutUint32(e.image[at:], e.check(words))
}

func (e *encoder) boot(id string) {
	copy(e.image[bootAt+4:aliveAt], id)
	e.seal(bootAt, e.image[bootAt+4:aliveAt])
}

func (e *encoder) moment(i int, a Alive) {
	at := aliveAt + i*aliveLen
	e.order.PutUint32(e.image[at+4:], a.count)
	for j, n := range []uint64{a.Seq, a.Local, a.Boottime, a.Realtime} {
		e.order.PutUint64(e.image[at+8+8*j:], n)
	}
	e.seal(at, e.image[at+4:at+aliveLen])
}

func (e *encoder) kept(part int, seq uint64) {
	data := e.image[keptAt+keptLen*part:][:keptLen]
	e.order.PutUint64(data[8:], seq)
	e.seal(keptAt+keptLen*part, data[4:])
}

func (e *encoder) lastFault(f Fault) {
	data := e.image[faultAt:partsAt]
	e.order.PutUint32(data[4:], uint32(f.Kind))
	e.order.PutUint64(data[8:], f.Time)
	e.order.PutUint32(data[16:], f.PID)
	e.order.PutUint32(data[20:], f.TID)
	copy(data[24:40], f.Name)
	copy(data[40:], f.Text)
	e.seal(faultAt, data[4:])
}

// places adds a name with a cgroup, or a text, to a part's table, unless it is empty, writes
// where, and returns the checks.
func (e *encoder) places(part int, to []byte, name string, cgroup uint32) (checks []uint32) {
	for ; len(to) > 0; to = to[2:] {
		here := uint32(0)
		if name != "" {
			entry := e.add(part, to)
			here = uint32(e.order.Uint16(to))
			name = name[copy(entry[:nameLen], name):]
			e.order.PutUint32(entry[nameLen:], cgroup)
		}
		e.order.PutUint16(to, uint16(here))
		checks = append(checks, e.nameCheck(e.name(part, here)))
	}
	return checks
}

// add takes the next entry of a part's table, and writes its place.
func (e *encoder) add(part int, to []byte) []byte {
	here := e.next[part].name
	e.next[part].name++
	e.order.PutUint16(to, uint16(here))
	return e.name(part, here)
}

// line adds a record's parent and ancestors to a part's table, and returns the check.
func (e *encoder) line(part int, to []byte, r Record) uint32 {
	names := slices.Concat([]Ancestor{{Name: r.ParentName, Cgroup: r.ParentCgroup}}, r.Ancestors[:])
	line := make([]byte, nameSize)
	var checks []uint32
	for i, a := range names {
		check := e.places(part, line[2*i:2*i+2], a.Name, a.Cgroup)
		if a.Name != "" {
			checks = append(checks, check...)
		}
		if i > 0 {
			e.order.PutUint32(line[8+4*(i-1):], a.PID)
		}
	}
	if checks != nil {
		copy(e.add(part, to), line)
	}
	return e.nameCheck(line, checks...)
}

func (e *encoder) name(part int, place uint32) []byte {
	return e.image[e.parts[part].at+nameSize*int(place):][:nameSize]
}

// take returns the next slot of a part, with a number.
func (e *encoder) take(part int, seq uint64) []byte {
	p, next := &e.parts[part], &e.next[part].slot
	slot := e.image[p.slot(*next):][:slotLen]
	*next = (*next + 1) % p.slots
	clear(slot)
	e.order.PutUint32(slot[4:], uint32(seq))
	return slot
}

// write writes a record, and the slot with its count.
func (e *encoder) write(part int, r Record) {
	e.at[r.Seq] = e.parts[part].slot(e.next[part].slot)
	e.record(part, r)
	if r.Count > 1 {
		slot := e.take(part, r.Seq)
		slot[16] = byte(repeats)
		e.order.PutUint32(slot[44:], r.Count)
		e.order.PutUint64(slot[48:], r.TimeLast)
		empty := e.nameCheck(make([]byte, nameSize))
		e.sealSlot(slot, []uint32{empty, empty, empty})
	}
}

// slot returns the slot that a record was written to.
func (e *encoder) slot(seq uint64) []byte { return e.image[e.at[seq]:][:slotLen] }

func (e *encoder) record(part int, r Record) {
	o, slot := e.order, e.take(part, r.Seq)
	o.PutUint64(slot[8:], r.Time)
	if r.Kind == Exit {
		r.Signal, r.Outcome, r.Scope = byte(r.RunTime), byte(r.RunTime>>8), byte(r.RunTime>>16)
		r.Value |= uint32(r.RunTime>>24) << 16
	}
	copy(slot[16:], []byte{byte(r.Kind), r.Signal, r.Outcome, r.Scope})
	o.PutUint16(slot[20:], r.Flags)
	o.PutUint32(slot[28:], r.Value)
	if r.Flags&fault != 0 {
		r.SenderName, r.SenderCgroup = "", 0
	}
	names := e.places(part, slot[22:24], r.SenderName, r.SenderCgroup)
	names = append(names, e.line(part, slot[24:26], r))
	names = append(names, e.places(part, slot[26:28], r.TargetName, r.TargetCgroup)...)
	switch {
	case r.Flags&fault != 0:
		o.PutUint64(slot[32:], r.FaultAddress)
		o.PutUint64(slot[40:], r.FaultPC)
	case r.Kind == Exit:
		o.PutUint64(slot[32:], r.SinceFirst)
		o.PutUint64(slot[40:], r.SinceLast)
	case r.Kind == Survivor:
		names = append(names, e.places(part, slot[32:40], r.Wait, 0)...)
	default:
		for i, n := range []uint32{r.SenderPID, r.SenderTID, r.SenderUID, r.ParentPID} {
			o.PutUint32(slot[32+4*i:], n)
		}
	}
	switch r.Kind {
	case Signal, Exit, Survivor, Summary:
		o.PutUint32(slot[48:], r.TargetPID)
		o.PutUint32(slot[52:], r.TargetTID)
		if r.Kind == Exit {
			o.PutUint32(slot[52:], r.PeakRSS)
		}
	default:
		names = append(names, e.places(part, slot[48:56], r.Text, 0)...)
	}
	e.sealSlot(slot, names)
}

// sealSlot writes the check of a slot, whose names have these.
func (e *encoder) sealSlot(slot []byte, names []uint32) {
	sum := uint32(0)
	for i, check := range names {
		sum += bits.RotateLeft32(check, 5*i)
	}
	e.order.PutUint32(slot, mix(e.check(slot[4:]), sum))
}
