// SPDX-License-Identifier: GPL-2.0-only

package blackbox

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"testing"
)

// one has a record of each kind, with every field of that kind.
var one = []Record{
	{Seq: 1, Time: 1e9, Kind: Signal, Signal: 15, Outcome: 1, Scope: 1, Flags: 0x81, Value: ^uint32(5), SenderName: "sh", ParentName: "init",
		TargetName: "a name of 15 by", SenderPID: 7, SenderTID: 8, SenderUID: 1000, ParentPID: 1, TargetPID: 9, TargetTID: 10},
	{Seq: 2, Time: 2e9, Kind: Exit, Value: 9, TargetName: "stubbornd", SinceFirst: 1 << 40, SinceLast: 77, TargetPID: 9, TargetTID: 9},
	{Seq: 3, Time: 3e9, Kind: Mark, SenderName: "sigtrail", ParentName: "sh", SenderPID: 20, SenderTID: 20, ParentPID: 7,
		Text: "a text of 63 bytes, so that it takes all four places: 123456789"},
	{Seq: 4, Time: 4e9, Kind: Reboot, Value: 3<<16 | 1, SenderName: "init", SenderPID: 30, Text: "bootloader"},
	{Seq: 5, Time: 4e9, Kind: Survivor, Signal: 'D', Flags: 1 << 8, TargetName: "cp", TargetPID: 40, TargetTID: 41, Wait: "percpu_rwsem_wait"},
	{Seq: 6, Time: 5e9, Kind: Switch, SenderName: "sh", Text: "enable=0"},
	{Seq: 7, Time: 6e9, Kind: Claim, SenderName: "sigtrail"},
	{Seq: 8, Time: 7e9, Kind: ClaimEnd, SenderName: "sigtrail"},
	{Seq: 9, Time: 8e9, Kind: Oops, SenderName: "kernel", Text: "Oops: 817"},
	{Seq: 10, Time: 9e9, Kind: Panic, Text: "sysrq triggered crash"},
}

func full(order binary.ByteOrder) *encoder {
	e := newEncoder(order)
	e.boot("8ae04d3e-0ffc-4a9e-9f6c-5bd2a2a64e52")
	e.moment(0, Alive{count: 4, Seq: 10, Local: 90, Boottime: 91, Realtime: 92})
	e.moment(1, Alive{count: 3, Seq: 2, Local: 30, Boottime: 31, Realtime: 32})
	e.lastFault(Fault{Panic, 95, 1, 2, "init", "Attempted to kill init!"})
	for _, r := range one {
		e.write(r)
	}
	return e
}

func TestDecode(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		e := full(order)
		want := Box{
			Found: Records, Slots: 50, Names: 300, BootID: "8ae04d3e-0ffc-4a9e-9f6c-5bd2a2a64e52",
			Alive:   &Alive{count: 4, Seq: 10, Local: 90, Boottime: 91, Realtime: 92},
			Fault:   &Fault{Panic, 95, 1, 2, "init", "Attempted to kill init!"},
			Records: one,
		}
		if got := Decode(e.image, order); !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got  %+v\nwant %+v", order, got, want)
		}
	}
}

// TestNumbers has numbers beyond 32 bits in a ring that has wrapped, without a record that
// was to overwrite a stale one.
func TestNumbers(t *testing.T) {
	e := newEncoder(binary.LittleEndian)
	const first = uint64(1<<32 - 20)
	e.moment(0, Alive{Seq: 1<<32 - 3})
	for seq := first; seq < first+120; seq++ {
		if seq != first+110 {
			e.write(Record{Seq: seq, Kind: Claim})
		}
	}
	box := Decode(e.image, binary.LittleEndian)
	if box.Damaged != 1 || len(box.Records) != 49 {
		t.Fatalf("%d damaged, %d records", box.Damaged, len(box.Records))
	}
	for i, r := range box.Records {
		want := first + 70 + uint64(i)
		if i >= 40 {
			want++
		}
		if r.Seq != want {
			t.Fatalf("record %d has number %d, not %d", i, r.Seq, want)
		}
	}
	e.write(Record{Seq: 8, Kind: Claim})
	copy(e.slot(9), e.slot(8))
	if box := Decode(e.image, binary.LittleEndian); box.Damaged != 3 {
		t.Errorf("a stale record and a record at a wrong place: %d damaged", box.Damaged)
	}
}

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(e *encoder) []byte
		want Found
	}{
		{"short", func(e *encoder) []byte { return e.image[:200] }, Nothing},
		{"zero", func(e *encoder) []byte { return make([]byte, size) }, Nothing},
		{"magic", func(e *encoder) []byte { e.image[2] ^= 1; return e.image }, Nothing},
		{"check", func(e *encoder) []byte { e.image[28] ^= 1; return e.image }, Damaged},
		{"salt", func(e *encoder) []byte { e.image[20] ^= 1; return e.image }, Damaged},
		{"slots", func(e *encoder) []byte { e.image[12] ^= 1; return e.image }, Damaged},
		{"layout", func(e *encoder) []byte { e.image[4] = 2; e.seal(28, e.image[:28]); return e.image }, Foreign},
		{"size", func(e *encoder) []byte { return append(e.image, 0) }, Foreign},
		{"slots that do not fit", func(e *encoder) []byte { e.image[13] = 1; e.seal(28, e.image[:28]); return e.image }, Foreign},
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

// TestKept changes the first name, as the ring does after it has given up records 1 to 4.
func TestKept(t *testing.T) {
	e := full(binary.LittleEndian)
	e.kept(5)
	copy(e.image[namesAt+nameLen:], "others")
	if box := Decode(e.image, binary.LittleEndian); box.Damaged != 0 || !reflect.DeepEqual(box.Records, one[4:]) {
		t.Errorf("%d damaged, records %+v", box.Damaged, box.Records)
	}
	e.slot(6)[22] = 1
	if box := Decode(e.image, binary.LittleEndian); box.Damaged != 1 || len(box.Records) != len(one)-5 {
		t.Errorf("%d damaged, records %+v", box.Damaged, box.Records)
	}
	e.kept(100)
	if box := Decode(e.image, binary.LittleEndian); box.Damaged != 0 || len(box.Records) > 0 {
		t.Errorf("%d damaged, records %+v", box.Damaged, box.Records)
	}
}

// TestDamage changes each byte of the slots and of the names in use: a record is as it was
// or is counted.
func TestDamage(t *testing.T) {
	e := full(binary.LittleEndian)
	end := namesAt + nameLen*int(e.names) + slotLen*len(one)
	random := rand.New(rand.NewPCG(1, 2))
	for at := namesAt; at < end; at++ {
		if at == namesAt+nameLen*int(e.next) {
			at = namesAt + nameLen*int(e.names)
		}
		image := bytes.Clone(e.image)
		image[at] ^= 1 << random.IntN(8)
		checkNothingFalse(t, image, at)
	}
	for range 1000 {
		image := bytes.Clone(e.image)
		from := namesAt + random.IntN(size-namesAt)
		to := min(size, from+1+random.IntN(600))
		if random.IntN(2) == 0 {
			clear(image[from:to])
		} else {
			for i := from; i < to; i++ {
				image[i] = byte(random.Uint32())
			}
		}
		checkNothingFalse(t, image, from)
	}
}

func checkNothingFalse(t *testing.T, image []byte, at int) {
	t.Helper()
	box := Decode(image, binary.LittleEndian)
	if len(box.Records)+box.Damaged < len(one) {
		t.Errorf("byte %d: %d records, %d damaged", at, len(box.Records), box.Damaged)
	}
	for _, r := range box.Records {
		if r.Seq > uint64(len(one)) || r != one[r.Seq-1] {
			t.Errorf("byte %d: false: %+v", at, r)
		}
	}
}
