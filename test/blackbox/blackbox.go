// SPDX-License-Identifier: GPL-2.0-only

// Package blackbox decodes an image of the black box's memory. It is a witness beside
// the kernel part and the service, and so shares no code with them: what it knows is
// in include/uapi/linux/sigtrail_box.h.
package blackbox

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// The layout.
const (
	magic      = 0x58425453
	layout     = 4
	users      = 8  // parts beside the common one
	nameLen    = 16 // without the cgroup
	nameSize   = 20
	textPlaces = 4
	ancestors  = 3 // of a line, beyond the parent
	headerLen  = 40
	bootLen    = 48
	aliveLen   = 40
	keptLen    = 16
	faultLen   = 104
	bootAt     = headerLen
	aliveAt    = bootAt + bootLen
	keptAt     = aliveAt + 2*aliveLen
	faultAt    = keptAt + (1+users)*keptLen
	partsAt    = faultAt + faultLen
	slotLen    = 56
)

// Kind is enum sigtrail_kind.
type Kind uint8

// The kinds of records.
const (
	Signal Kind = iota
	Exit
	Mark
	Reboot
	Survivor
	Switch
	Claim
	ClaimEnd
	Oops
	Panic
	Summary
	kinds

	repeats Kind = 255 // how many signals the record before stands for
)

// Found is enum sigtrail_box_found.
type Found int

// What can be found in the memory.
const (
	Nothing Found = iota
	Records
	Damaged
	Foreign
)

// Box is what an image has.
type Box struct {
	Found   Found
	Slots   uint32 // of the common part
	Names   uint32 // of the common part
	BootID  string
	Alive   *Alive   // the later one of those that pass their check
	Fault   *Fault   // nil if there is none
	Records []Record // of all parts, in the order of their numbers
	Damaged int      // slots in use that are not believed, but for those that lost their names

	slots map[uint64]int // where the slot of each record is
}

// Alive is a moment at which the kernel ran, with the number of the newest record.
type Alive struct {
	Seq                       uint64
	Local, Boottime, Realtime uint64
	count                     uint32
}

// Fault is an oops or a panic that has no record.
type Fault struct {
	Kind       Kind
	Time       uint64
	PID, TID   uint32
	Name, Text string
}

// fault is the flag of a record that has an address instead of a sender.
const fault = 1 << 14

// Ancestor is an ancestor of a sender beyond its parent.
type Ancestor struct {
	PID    uint32
	Name   string
	Cgroup uint32
}

// Record is a record; fields that its kind does not have are empty.
type Record struct {
	Seq, Time                                  uint64
	Kind                                       Kind
	Signal, Outcome, Scope                     uint8
	Count                                      uint32 // of a signal or a summary; 0: unknown, the slot after it is damaged
	TimeLast                                   uint64 // 0 unless the count is above 1
	Flags                                      uint16
	Value                                      uint32
	SenderName, ParentName, TargetName         string
	SenderPID, SenderTID, SenderUID, ParentPID uint32
	TargetPID, TargetTID                       uint32
	SenderCgroup, ParentCgroup, TargetCgroup   uint32
	Ancestors                                  [ancestors]Ancestor // the nearest one first
	FaultAddress, FaultPC                      uint64
	PeakRSS                                    uint32 // KiB
	RunTime                                    uint64 // ms
	SinceFirst, SinceLast                      uint64
	Wait, Text                                 string
}

// Slot returns the slot of an image that has the record with a number.
func (b *Box) Slot(image []byte, seq uint64) []byte {
	return image[b.slots[seq]:][:slotLen]
}

// decoder reads one image.
type decoder struct {
	image []byte
	order binary.ByteOrder
	salt  uint32
	parts [1 + users]part
}

// part is the ring of what is not among one user's processes, or of a user's.
type part struct {
	names, slots uint32 // their numbers
	at           int    // where its names begin
}

// Decode decodes an image of a machine with a byte order.
func Decode(image []byte, order binary.ByteOrder) Box {
	d := decoder{image: image, order: order}
	box := Box{Found: d.header()}
	if box.Found != Records {
		return box
	}
	box.Slots, box.Names = d.parts[0].slots, d.parts[0].names
	if boot := image[bootAt:aliveAt]; d.passes(boot) {
		box.BootID = text(boot[4:])
	}
	for at := aliveAt; at < keptAt; at += aliveLen {
		if a := d.alive(image[at : at+aliveLen]); a != nil && (box.Alive == nil || int32(a.count-box.Alive.count) > 0) {
			box.Alive = a
		}
	}
	box.Fault = d.fault(image[faultAt:partsAt])
	d.ring(&box)
	return box
}

// header checks that what follows it has this layout.
func (d *decoder) header() Found {
	if len(d.image) < partsAt {
		return Nothing
	}
	word := func(i int) uint32 { return d.order.Uint32(d.image[4*i:]) }
	switch {
	case word(0) == bits.ReverseBytes32(magic):
		return Foreign
	case word(0) != magic:
		return Nothing
	case word(1) != layout:
		return Foreign
	}
	d.salt = word(7)
	if d.check(d.image[:headerLen-4]) != word(headerLen/4-1) {
		return Damaged
	}
	if uint64(word(2)) != uint64(len(d.image)) || !d.divide(word(3), word(4), word(5), word(6)) {
		return Foreign
	}
	return Records
}

// divide places the parts, and reports whether the image has room for them.
func (d *decoder) divide(slots, names, userSlots, userNames uint32) bool {
	at := uint64(partsAt)
	for i := range d.parts {
		if i == 1 {
			slots, names = userSlots, userNames
		}
		d.parts[i] = part{names, slots, int(at)}
		at += nameSize*uint64(names) + slotLen*uint64(slots)
		if at > uint64(len(d.image)) || slots == 0 || names == 0 || names%2 != 0 {
			return false
		}
	}
	return true
}

// check returns the check of 32-bit words.
func (d *decoder) check(data []byte) uint32 {
	c := d.salt
	for ; len(data) > 0; data = data[4:] {
		c = mix(c, d.order.Uint32(data))
	}
	return c
}

// nameCheck returns the check of a name, or of a line with those of its names.
func (d *decoder) nameCheck(name []byte, more ...uint32) uint32 {
	c := d.check(name)
	for _, word := range more {
		c = mix(c, word)
	}
	c = (c ^ c>>15) * 0x85ebca77
	c = (c ^ c>>13) * 0xc2b2ae3d
	return c ^ c>>16
}

func mix(check, word uint32) uint32 {
	return bits.RotateLeft32(check+word*0x85ebca77, 13) * 0x9e3779b1
}

// passes reports whether a struct that begins with its check passes it.
func (d *decoder) passes(data []byte) bool {
	return d.order.Uint32(data) == d.check(data[4:])
}

func (d *decoder) alive(data []byte) *Alive {
	if !d.passes(data) {
		return nil
	}
	return &Alive{
		count:    d.order.Uint32(data[4:]),
		Seq:      d.order.Uint64(data[8:]),
		Local:    d.order.Uint64(data[16:]),
		Boottime: d.order.Uint64(data[24:]),
		Realtime: d.order.Uint64(data[32:]),
	}
}

func (d *decoder) fault(data []byte) *Fault {
	f := &Fault{
		Kind: Kind(d.order.Uint32(data[4:])),
		Time: d.order.Uint64(data[8:]),
		PID:  d.order.Uint32(data[16:]),
		TID:  d.order.Uint32(data[20:]),
		Name: text(data[24:40]),
		Text: text(data[40:]),
	}
	if !d.passes(data) || f.Kind != Oops && f.Kind != Panic {
		return nil
	}
	return f
}

// text returns the text up to its first NUL.
func text(data []byte) string {
	before, _, _ := bytes.Cut(data, []byte{0})
	return string(before)
}
