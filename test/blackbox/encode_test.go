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
	next uint32 // place of the next name
}

const size = 8192

func newEncoder(order binary.ByteOrder) *encoder {
	e := &encoder{decoder: decoder{image: make([]byte, size), order: order, salt: 0x1234567, slots: 50, names: 300}, next: 1}
	for i, word := range []uint32{magic, layout, size, e.slots, e.names, e.salt, 0} {
		order.PutUint32(e.image[4*i:], word)
	}
	e.seal(headerLen-4, e.image[:headerLen-4])
	return e
}

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

func (e *encoder) kept(seq uint64) {
	e.order.PutUint64(e.image[keptAt+8:], seq)
	e.seal(keptAt, e.image[keptAt+4:faultAt])
}

func (e *encoder) lastFault(f Fault) {
	data := e.image[faultAt:namesAt]
	e.order.PutUint32(data[4:], uint32(f.Kind))
	e.order.PutUint64(data[8:], f.Time)
	e.order.PutUint32(data[16:], f.PID)
	e.order.PutUint32(data[20:], f.TID)
	copy(data[24:40], f.Name)
	copy(data[40:], f.Text)
	e.seal(faultAt, data[4:])
}

// places adds a name or a text to the table, unless it is empty, and writes where.
func (e *encoder) places(to []byte, name string) []byte {
	var all []byte
	for ; len(to) > 0; to = to[2:] {
		here := uint32(0)
		if name != "" {
			here = e.next
			e.next++
			name = name[copy(e.image[namesAt+nameLen*here:][:nameLen], name):]
		}
		e.order.PutUint16(to, uint16(here))
		all = append(all, e.image[namesAt+nameLen*here:][:nameLen]...)
	}
	return all
}

// slot returns the slot of a number.
func (e *encoder) slot(seq uint64) []byte {
	return (&Box{Slots: e.slots, Names: e.names}).Slot(e.image, seq)
}

func (e *encoder) write(r Record) {
	o, slot := e.order, e.slot(r.Seq)
	clear(slot)
	o.PutUint32(slot[4:], uint32(r.Seq))
	o.PutUint64(slot[8:], r.Time)
	copy(slot[16:], []byte{byte(r.Kind), r.Signal, r.Outcome, r.Scope})
	o.PutUint16(slot[20:], r.Flags)
	o.PutUint32(slot[28:], r.Value)
	var names []byte
	for i, name := range []string{r.SenderName, r.ParentName, r.TargetName} {
		names = append(names, e.places(slot[22+2*i:24+2*i], name)...)
	}
	switch r.Kind {
	case Exit:
		o.PutUint64(slot[32:], r.SinceFirst)
		o.PutUint64(slot[40:], r.SinceLast)
	case Survivor:
		names = append(names, e.places(slot[32:40], r.Wait)...)
	default:
		for i, n := range []uint32{r.SenderPID, r.SenderTID, r.SenderUID, r.ParentPID} {
			o.PutUint32(slot[32+4*i:], n)
		}
	}
	switch r.Kind {
	case Signal, Exit, Survivor:
		o.PutUint32(slot[48:], r.TargetPID)
		o.PutUint32(slot[52:], r.TargetTID)
	default:
		names = append(names, e.places(slot[48:56], r.Text)...)
	}
	nth, sum := 0, uint32(0)
	for name := range slices.Chunk(names, nameLen) {
		sum += bits.RotateLeft32(e.nameCheck(name), 5*nth)
		nth++
	}
	o.PutUint32(slot, mix(e.check(slot[4:]), sum))
}
