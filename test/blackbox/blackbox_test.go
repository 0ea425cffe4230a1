// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// one has a record of each kind, with every field of that kind.
var one = []Record{
	{Seq: 1, Time: 1e9, Kind: Signal, Signal: 15, Outcome: 1, Scope: 1, Flags: 0x81, Value: ^uint32(5), SenderName: "sh", ParentName: "init",
		TargetName: "a name of 15 by", SenderPID: 7, SenderTID: 8, SenderUID: 1000, ParentPID: 6, TargetPID: 9, TargetTID: 10, Count: 1,
		Ancestors: [ancestors]Ancestor{{PID: 5, Name: "reload.sh", Cgroup: 77}, {PID: 1 << 22, Name: "crond"}, {PID: 1, Name: "init"}}},
	{Seq: 2, Time: 2e9, Kind: Exit, Value: 9, TargetName: "stubbornd", TargetCgroup: 1 << 31, RunTime: 1<<40 - 0x12345, SinceFirst: 1 << 40, SinceLast: 77, TargetPID: 9, TargetTID: 9, PeakRSS: 8192},
	{Seq: 3, Time: 3e9, Kind: Mark, SenderName: "sigtrail", ParentName: "sh", SenderPID: 20, SenderTID: 20, ParentPID: 7,
		Text: "a text of 63 bytes, so that it takes all four places: 123456789"},
	{Seq: 4, Time: 4e9, Kind: Reboot, Value: 3<<16 | 1, SenderName: "init", SenderPID: 30, Text: "bootloader"},
	{Seq: 5, Time: 4e9, Kind: Survivor, Signal: 'D', Flags: 1 << 8, TargetName: "cp", TargetPID: 40, TargetTID: 41, Wait: "percpu_rwsem_wait"},
	{Seq: 6, Time: 5e9, Kind: Switch, SenderName: "sh", Text: "enable=0"},
	{Seq: 7, Time: 6e9, Kind: Claim, SenderName: "sigtrail"},
	{Seq: 8, Time: 7e9, Kind: ClaimEnd, SenderName: "sigtrail"},
	{Seq: 9, Time: 8e9, Kind: Oops, SenderName: "kernel", Text: "Oops: 817"},
	{Seq: 10, Time: 9e9, Kind: Panic, Text: "sysrq triggered crash"},
	{Seq: 11, Time: 9e9, Kind: Signal, Signal: 10, SenderName: "flooder", TargetName: "flooder", Count: 48211, TimeLast: 9998e6},
	{Seq: 12, Time: 9e9, Kind: Summary, Signal: 12, SenderName: "flooder", SenderUID: 65534, TargetPID: 130, Count: 5120, TimeLast: 10e9},
	{Seq: 13, Time: 9e9, Kind: Summary, Signal: 12, SenderUID: 1000, TargetPID: 130, Count: 1},
	{Seq: 14, Time: 9e9, Kind: Signal, Signal: 11, Flags: 1 | 1<<13 | fault, Value: 1, SenderName: "crasher", SenderPID: 7, SenderTID: 8, SenderCgroup: 3,
		TargetName: "crasher", TargetPID: 7, TargetTID: 8, TargetCgroup: 3, FaultAddress: 1<<63 | 0x10, FaultPC: 0x10488, Count: 1},
}

// parts are those of the records that are not in the common one.
var parts = map[uint64]int{11: 1, 12: 1, 13: 8}

func full(order binary.ByteOrder) *encoder {
	e := newEncoder(order)
	e.boot("8ae04d3e-0ffc-4a9e-9f6c-5bd2a2a64e52")
	e.moment(0, Alive{count: 4, Seq: 10, Local: 90, Boottime: 91, Realtime: 92})
	e.moment(1, Alive{count: 3, Seq: 2, Local: 30, Boottime: 31, Realtime: 32})
	e.lastFault(Fault{Panic, 95, 1, 2, "init", "Attempted to kill init!"})
	for _, r := range one {
		e.write(parts[r.Seq], r)
	}
	return e
}

func TestDecode(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		e := full(order)
		want := Box{
			Found: Records, Slots: 50, Names: 200, BootID: "8ae04d3e-0ffc-4a9e-9f6c-5bd2a2a64e52",
			Alive:   &Alive{count: 4, Seq: 10, Local: 90, Boottime: 91, Realtime: 92},
			Fault:   &Fault{Panic, 95, 1, 2, "init", "Attempted to kill init!"},
			Records: one, slots: e.at,
		}
		if got := Decode(e.image, order); !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got  %+v\nwant %+v", order, got, want)
		}
	}
}

// TestNumbers has numbers beyond 32 bits in parts that have wrapped, one of them without
// a record that was to overwrite an older one.
func TestNumbers(t *testing.T) {
	e := newEncoder(binary.LittleEndian)
	const first = uint64(1<<32 - 20)
	e.moment(0, Alive{Seq: 1<<32 - 3})
	var want []uint64
	for seq := first; seq < first+160; seq++ {
		part := 0
		if seq%4 == 0 {
			part = 3
		}
		if seq >= first+160-4*50/3 && part == 0 || seq >= first+160-4*5 && part == 3 {
			want = append(want, seq)
		}
		e.write(part, Record{Seq: seq, Kind: Claim})
	}
	check := func(what string, damaged int) {
		t.Helper()
		box := Decode(e.image, binary.LittleEndian)
		var got []uint64
		for _, r := range box.Records {
			got = append(got, r.Seq)
		}
		if box.Damaged != damaged || !slices.Equal(got, want) {
			t.Errorf("%s: %d damaged, numbers %d, want %d", what, box.Damaged, got, want)
		}
	}
	check("whole", 0)
	oldest := slices.Index(want, first+160-4*5)
	want = slices.Delete(want, oldest, oldest+1)
	e.take(3, 0)[30] = 1
	check("torn", 1)

	// The record before, where this one is expected.
	i := len(want) - 10
	copy(e.slot(want[i]), e.slot(want[i-1]))
	want = slices.Delete(want, i, i+1)
	check("twice", 2)
}

// TestRepeats has counts in a part that wraps: that of a record is in the first slot, and
// then those of records that are gone.
func TestRepeats(t *testing.T) {
	const user = 2
	e := newEncoder(binary.LittleEndian)
	counts := func(want ...uint32) {
		t.Helper()
		box := Decode(e.image, binary.LittleEndian)
		var got []uint32
		for _, r := range box.Records {
			got = append(got, r.Count)
		}
		if box.Damaged != 0 || !slices.Equal(got, want) {
			t.Errorf("%d damaged, counts %d, want %d", box.Damaged, got, want)
		}
	}
	send := func(seq uint64, n uint32) {
		e.write(user, Record{Seq: seq, Kind: Signal, Signal: 10, Count: n, TimeLast: 5})
	}
	send(1, 1)
	counts(1)
	send(2, 7)
	send(3, 1)
	counts(1, 7, 1)
	send(4, 9) // its count is in the first slot
	counts(7, 1, 9)
	send(5, 1) // the count of number 2 is without its record
	counts(1, 9, 1)
	send(6, 1<<32-1)
	counts(9, 1, 1<<32-1)

	// The count may be damaged, or the slot after the record may be that of another one.
	e.image[e.at[6]+slotLen+48] ^= 1
	box := Decode(e.image, binary.LittleEndian)
	if n := len(box.Records); box.Damaged != 1 || n != 3 || box.Records[n-1].Count != 0 {
		t.Errorf("%d damaged, records %+v", box.Damaged, box.Records)
	}
}

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(e *encoder) []byte
		want Found
	}{
		{"short", func(e *encoder) []byte { return e.image[:partsAt-1] }, Nothing},
		{"zero", func(e *encoder) []byte { return make([]byte, size) }, Nothing},
		{"magic", func(e *encoder) []byte { e.image[2] ^= 1; return e.image }, Nothing},
		{"check", func(e *encoder) []byte { e.image[36] ^= 1; return e.image }, Damaged},
		{"salt", func(e *encoder) []byte { e.image[28] ^= 1; return e.image }, Damaged},
		{"slots", func(e *encoder) []byte { e.image[12] ^= 1; return e.image }, Damaged},
		{"layout", func(e *encoder) []byte { e.image[4] = 1; e.sealHeader(); return e.image }, Foreign},
		{"size", func(e *encoder) []byte { return append(e.image, 0) }, Foreign},
		{"slots that do not fit", func(e *encoder) []byte { e.image[13] = 1; e.sealHeader(); return e.image }, Foreign},
		{"users' slots that do not fit", func(e *encoder) []byte { e.image[23] = 0xff; e.sealHeader(); return e.image }, Foreign},
		{"no names for users", func(e *encoder) []byte { e.image[24] = 0; e.sealHeader(); return e.image }, Foreign},
		{"byte order", func(e *encoder) []byte { return newEncoder(binary.BigEndian).image }, Foreign},
	} {
		if box := Decode(c.do(full(binary.LittleEndian)), binary.LittleEndian); box.Found != c.want || box.Found != Records && box.Records != nil {
			t.Errorf("%s: found %d, want %d", c.name, box.Found, c.want)
		}
	}
}

// TestAlive takes the later moment of two, also after the count has wrapped, and the other
// one if that is torn.
func TestAlive(t *testing.T) {
	e := newEncoder(binary.LittleEndian)
	if box := Decode(e.image, binary.LittleEndian); box.Alive != nil || box.Fault != nil || box.BootID != "" || box.Damaged != 0 {
		t.Errorf("nothing written: %+v", box)
	}
	e.moment(0, Alive{count: 1, Seq: 11})
	e.moment(1, Alive{count: ^uint32(0), Seq: 10})
	if box := Decode(e.image, binary.LittleEndian); box.Alive == nil || box.Alive.Seq != 11 {
		t.Errorf("wrapped: %+v", box.Alive)
	}
	e.image[aliveAt+20] ^= 4
	if box := Decode(e.image, binary.LittleEndian); box.Alive == nil || box.Alive.Seq != 10 {
		t.Errorf("torn: %+v", box.Alive)
	}
}

// TestKept changes the first name of a part, as the ring does after it has given up records.
func TestKept(t *testing.T) {
	e := full(binary.LittleEndian)
	check := func(damaged int, want ...Record) {
		t.Helper()
		if box := Decode(e.image, binary.LittleEndian); box.Damaged != damaged || !slices.Equal(box.Records, want) {
			t.Errorf("%d damaged, records %+v", box.Damaged, box.Records)
		}
	}
	check(0, one...)
	copy(e.name(0, 1), "others")
	check(1, one[1:]...)
	e.kept(0, 2)
	check(0, one[1:]...)
	e.kept(1, 12)
	check(0, slices.Concat(one[1:10], one[11:])...)
	e.slot(13)[22] = 1
	check(1, slices.Concat(one[1:10], one[11:12], one[13:])...)
	e.kept(0, 100)
	check(1, one[11])
}

// TestDamage changes each byte of the slots and of the names in use: a record is as it was
// or is counted, unless its number seems to be one before the first.
func TestDamage(t *testing.T) {
	e := full(binary.LittleEndian)
	random := rand.New(rand.NewPCG(1, 2))
	for i, p := range e.parts {
		for _, used := range [][2]int{{p.at, p.at + nameSize*int(e.next[i].name)}, {p.slot(0), p.slot(e.next[i].slot)}} {
			for at := used[0]; at < used[1]; at++ {
				image := bytes.Clone(e.image)
				image[at] ^= 1 << random.IntN(8)
				box := checkNothingFalse(t, e, image, at)
				number := at >= p.slot(0) && (at-p.slot(0))%slotLen/4 == 1
				if n := len(box.Records) + box.Damaged; n < len(one)-1 || n < len(one) && !number {
					t.Errorf("byte %d: %d records, %d damaged", at, len(box.Records), box.Damaged)
				}
			}
		}
	}
	for range 1000 {
		image := bytes.Clone(e.image)
		from := partsAt + random.IntN(size-partsAt)
		to := min(size, from+1+random.IntN(600))
		if random.IntN(2) == 0 {
			clear(image[from:to])
		} else {
			for i := from; i < to; i++ {
				image[i] = byte(random.Uint32())
			}
		}
		checkNothingFalse(t, e, image, from)
	}
}

// checkNothingFalse decodes what is left of an image. A count can be unknown. If the last
// slots of a part are zeros, nothing shows that they were in use.
func checkNothingFalse(t *testing.T, e *encoder, image []byte, at int) Box {
	t.Helper()
	box := Decode(image, binary.LittleEndian)
	for _, r := range box.Records {
		want := one[min(r.Seq, uint64(len(one)))-1]
		after := image[e.at[want.Seq]+slotLen:][:slotLen]
		if r.Count == 0 || r.Count == 1 && bytes.Equal(after, make([]byte, slotLen)) {
			want.Count, want.TimeLast = r.Count, 0
		}
		if r != want {
			t.Errorf("byte %d: false: %+v", at, r)
		}
	}
	return box
}
