// SPDX-License-Identifier: GPL-2.0-only

package frame

import (
	"bytes"
	"fmt"
	"testing"

	"sigtrail/internal/event"
)

func FuzzDecode(f *testing.F) {
	list, _ := frames(2, false)
	f.Add(list[0][headerSize:], list[1][headerSize:])
	var c Encoder
	c.Loss(event.Loss{From: 5, To: 9, Damaged: true})
	c.Event(&event.Event{Kind: event.KindNote, Text: "x"})
	c.Seal(9)
	f.Add(c.Buf[headerSize:], []byte{0, 1, 2})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		if len(first)+len(second) > maxPayload {
			return
		}
		var text []byte
		begin := 0
		sum := uint32(0)
		for i, payload := range [][]byte{first, second} {
			begin = len(text)
			text = append(append(text, make([]byte, headerSize)...), payload...)
			sum = seal(text[begin:], Records+Type(i), sum, 0)
		}
		got := decode(text)
		if got.skipped != 0 {
			t.Fatalf("%d bytes skipped", got.skipped)
		}
		// What was read is written and read again.
		again := new(Encoder)
		for i := range got.events {
			if again.Full(MaxLimit) {
				again.Seal(0)
			}
			if again.Steps(&got.events[i]) {
				again.Seal(0)
			}
			again.Event(&got.events[i])
			for _, s := range []*string{&got.events[i].Text, &got.events[i].SenderName, &got.events[i].ParentName, &got.events[i].ContextName, &got.events[i].TargetName} {
				*s = (*s)[:min(len(*s), maxText)]
			}
		}
		for _, l := range got.losses {
			if again.Full(MaxLimit) {
				again.Seal(0)
			}
			again.Loss(l)
		}
		again.Seal(0)
		twice := decode(again.Buf)
		if fmt.Sprint(twice.events) != fmt.Sprint(got.events) || fmt.Sprint(twice.losses) != fmt.Sprint(got.losses) {
			t.Fatalf("%+v\nagain %+v", got, twice)
		}
	})
}

func FuzzScan(f *testing.F) {
	list, _ := frames(2, false)
	f.Add(append(AppendHeader([]byte("junk"), []byte("{}")), bytes.Join(list, nil)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		s := NewScanner(text)
		for {
			fr, ok := s.Next()
			if n += len(s.Skipped); !ok {
				break
			}
			if n += headerSize + len(fr.Payload); n != s.End {
				t.Fatalf("%d bytes up to %d", n, s.End)
			}
		}
		if n != len(text) {
			t.Fatalf("%d of %d bytes", n, len(text))
		}
		decode(text)
	})
}
