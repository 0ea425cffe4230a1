// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/event"
	"sigtrail/internal/genl"
)

// asked is a family that remembers what it is asked, and refuses it as a kernel does.
type asked struct {
	version uint32
	family  // nil: nothing else may be called
	sent    []byte
}

func (f *asked) Version() uint32 { return f.version }

func (f *asked) Do(cmd uint8, attrs ...*nl.RtAttr) error {
	f.sent = append(f.sent, cmd)
	for _, a := range attrs {
		f.sent = append(f.sent, a.Serialize()...)
	}
	return nil
}

func (f *asked) Ask(cmd uint8, attrs ...*nl.RtAttr) ([]byte, error) {
	return []byte{cmd, byte(f.version), 0, 0}, f.Do(cmd, attrs...)
}

func (f *asked) Dump(cmd uint8, attrs ...*nl.RtAttr) (*genl.Stream, error) {
	f.Do(cmd, attrs...)
	return nil, syscall.EOPNOTSUPP
}

// A kernel part of version 1 is asked only for what it knows: it would refuse the rest,
// and the claim with it.
func TestOldKernelPart(t *testing.T) {
	f := &asked{version: 1}
	c := &Client{conn: f}
	must(t, c.Claim("an id"))
	must(t, c.FreePrevious())
	dump, err := c.Previous()
	must(t, err)
	if list, err := dump.Next(); err != io.EOF {
		t.Errorf("got %v, %v, want no record", list, err)
	}
	must(t, dump.Close())
	if want := []byte{CMD_CLAIM}; !bytes.Equal(f.sent, want) {
		t.Errorf("sent %x, want %x", f.sent, want)
	}
}

// A switch that a kernel part before version 4 does not have would cost the others.
func TestOldSwitches(t *testing.T) {
	on, all := true, event.ExitsAll
	for version, want := range map[uint32]string{
		3: string([]byte{CMD_SET}) + attr(event.ATTR_ENABLE, "\x01"),
		4: string([]byte{CMD_SET}) + attr(event.ATTR_ENABLE, "\x01") + attr(event.ATTR_EXITS, string(nl.Uint32Attr(uint32(all)))),
	} {
		f := &asked{version: version}
		must(t, (&Client{conn: f}).Set(event.Switches{Enable: &on, Exits: &all}))
		if string(f.sent) != want {
			t.Errorf("version %d: sent %x, want %x", version, f.sent, want)
		}
	}
}

func TestRequestsOfTheBootBefore(t *testing.T) {
	f := &asked{version: 2}
	c := &Client{conn: f}
	must(t, c.Claim("an id"))
	must(t, c.FreePrevious())
	if _, err := c.Previous(); err == nil || !strings.Contains(err.Error(), "dump of the boot before") {
		t.Errorf("got %v, want the error of the dump", err)
	}
	want := string([]byte{CMD_CLAIM}) + attr(event.ATTR_BOOT_ID, "an id\x00") + string([]byte{CMD_PREVIOUS_FREE}) +
		string([]byte{CMD_INFO_GET}) + string([]byte{CMD_EVENTS_GET}) + attr(event.ATTR_PREVIOUS, "\x01")
	if string(f.sent) != want {
		t.Errorf("sent %x, want %x", f.sent, want)
	}
}

// Records of the boot before are dated by its own clocks; if these are damaged, not at
// all.
func TestDatesOfTheBootBefore(t *testing.T) {
	c := &Client{conn: &asked{version: 2}, clocks: event.Info{ClockLocal: 1, ClockRealtime: 5e18}}
	msg := recordsOf(event.Event{Seq: 4, Time: 7e9})
	for _, x := range []struct {
		previous event.Previous
		want     int64
	}{
		{event.Previous{Local: 9e9, Realtime: 1763785512e9}, 1763785510e9},
		{event.Previous{}, 0},
	} {
		list := c.decode(nil, [][]byte{msg}, &x.previous, new(memory))
		if len(list) != 1 || list[0].Seq != 4 || list[0].Wall != x.want {
			t.Errorf("got %+v, want the time %d", list, x.want)
		}
	}
}

// again is a dump that has the same message again and again.
type again []byte

func (a again) Next() ([][]byte, error) { return [][]byte{a}, nil }
func (again) Close() error              { return nil }

// The boot before is read while live records are: neither takes the other's names.
func TestReadersBesideEachOther(t *testing.T) {
	c := &Client{conn: &asked{version: 2}}
	var done sync.WaitGroup
	for i, name := range []string{"init", "a-longer-name"} {
		e := event.Event{Seq: 4, Time: 7e9, SenderPID: uint32(i + 100), SenderName: name, TargetPID: 9}
		r := &ring{client: c, stream: again(recordsOf(e, e)), clocks: &event.Previous{}}
		done.Add(1)
		go func() {
			defer done.Done()
			for range 50000 {
				list, err := r.Next()
				if err != nil || list[1].SenderPID != e.SenderPID || list[1].SenderName != name {
					t.Errorf("got %v, %v, want the sender (%s %d)", list, err, name, e.SenderPID)
					return
				}
			}
		}()
	}
	done.Wait()
}
