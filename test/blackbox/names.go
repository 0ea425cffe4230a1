// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import "math/bits"

// reader reads the names of a slot, in their order, and sums up their checks.
type reader struct {
	*decoder
	part *part
	sum  uint32
	turn int
	ok   bool // each name read so far has a place in the table
}

// entry returns an entry of the table; the empty name if there is none.
func (r *reader) entry(place uint16) []byte {
	if uint32(place) >= r.part.names {
		r.ok = false
		return make([]byte, nameSize)
	}
	return r.image[r.part.at+nameSize*int(place):][:nameSize]
}

func (r *reader) add(check uint32) {
	r.sum += bits.RotateLeft32(check, r.turn)
	r.turn += 5
}

// bytes reads the entry whose place comes next.
func (r *reader) bytes(places []byte) []byte {
	entry := r.entry(r.order.Uint16(places))
	r.add(r.nameCheck(entry))
	return entry
}

// name reads a process's name and its cgroup.
func (r *reader) name(places []byte) (string, uint32) {
	entry := r.bytes(places)
	return text(entry[:nameLen]), r.order.Uint32(entry[nameLen:])
}

// text reads a text that takes several places.
func (r *reader) text(places []byte) string {
	var all []byte
	for i := range textPlaces {
		all = append(all, r.bytes(places[2*i:])[:nameLen]...)
	}
	return text(all)
}

// line reads a sender's parent, whose pid it does not have, and its ancestors.
func (r *reader) line(places []byte) (all [1 + ancestors]Ancestor) {
	line := r.entry(r.order.Uint16(places))
	var checks []uint32
	for i := range all {
		place := r.order.Uint16(line[2*i:])
		entry := r.entry(place)
		if place != 0 {
			checks = append(checks, r.nameCheck(entry))
		}
		all[i].Name, all[i].Cgroup = text(entry[:nameLen]), r.order.Uint32(entry[nameLen:])
		if i > 0 {
			all[i].PID = r.order.Uint32(line[2*len(all)+4*(i-1):])
		}
	}
	r.add(r.nameCheck(line, checks...))
	return all
}
