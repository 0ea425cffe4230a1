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

const size = 10000

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

// places adds a name or a text to a part's table, unless it is empty, and writes where.
func (e *encoder) places(part int, to []byte, name string) []byte {
	var all []byte
	for ; len(to) > 0; to = to[2:] {
		here := uint32(0)
		if name != "" {
			here = e.next[part].name
			e.next[part].name++
			name = name[copy(e.name(part, here), name):]
		}
		e.order.PutUint16(to, uint16(here))
		all = append(all, e.name(part, here)...)
	}
	return all
}

func (e *encoder) name(part int, place uint32) []byte {
	return e.image[e.parts[part].at+nameLen*int(place):][:nameLen]
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
		e.sealSlot(slot, make([]byte, 3*nameLen))
	}
}

// slot returns the slot that a record was written to.
func (e *encoder) slot(seq uint64) []byte { return e.image[e.at[seq]:][:slotLen] }

func (e *encoder) record(part int, r Record) {
	o, slot := e.order, e.take(part, r.Seq)
	o.PutUint64(slot[8:], r.Time)
	copy(slot[16:], []byte{byte(r.Kind), r.Signal, r.Outcome, r.Scope})
	o.PutUint16(slot[20:], r.Flags)
	o.PutUint32(slot[28:], r.Value)
	var names []byte
	for i, name := range []string{r.SenderName, r.ParentName, r.TargetName} {
		names = append(names, e.places(part, slot[22+2*i:24+2*i], name)...)
	}
	switch r.Kind {
	case Exit:
		o.PutUint64(slot[32:], r.SinceFirst)
		o.PutUint64(slot[40:], r.SinceLast)
	case Survivor:
		names = append(names, e.places(part, slot[32:40], r.Wait)...)
	default:
		for i, n := range []uint32{r.SenderPID, r.SenderTID, r.SenderUID, r.ParentPID} {
			o.PutUint32(slot[32+4*i:], n)
		}
	}
	switch r.Kind {
	case Signal, Exit, Survivor, Summary:
		o.PutUint32(slot[48:], r.TargetPID)
		o.PutUint32(slot[52:], r.TargetTID)
	default:
		names = append(names, e.places(part, slot[48:56], r.Text)...)
	}
	e.sealSlot(slot, names)
}

// sealSlot writes the check of a slot with names.
func (e *encoder) sealSlot(slot, names []byte) {
	nth, sum := 0, uint32(0)
	for name := range slices.Chunk(names, nameLen) {
		sum += bits.RotateLeft32(e.nameCheck(name), 5*nth)
		nth++
	}
	e.order.PutUint32(slot, mix(e.check(slot[4:]), sum))
}
