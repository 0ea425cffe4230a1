// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

func TestSVG(t *testing.T) {
	for _, name := range []string{"reboot", "stalled", "sixty", "panic", "empty", "sysupgrade", "nopstore", "console", "guest", "boxed", "hung"} {
		b := named(t, name).AppendSVG(nil)
		checkXML(t, b)
		golden.Check(t, name+".svg", b)
	}
	b := boot(t).AppendSVG(nil)
	checkXML(t, b)
	golden.Check(t, "boot.svg", b)
	b = started(t).AppendSVG(nil)
	checkXML(t, b)
	golden.Check(t, "started.svg", b)
}

// checkXML checks that b is well-formed, fetches nothing and runs no script.
func checkXML(t *testing.T, b []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local == "script" || start.Name.Local == "image" {
				t.Errorf("an element %s", start.Name.Local)
			}
			for _, a := range start.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "//") && a.Name.Local != "xmlns" {
					t.Errorf("attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		}
	}
	if bytes.Contains(b, []byte("@import")) || bytes.Contains(b, []byte("url(http")) {
		t.Error("the style sheet fetches something")
	}
}

// The text alternative contains the verdict.
func TestAlternative(t *testing.T) {
	s := named(t, "reboot")
	b := s.AppendSVG(nil)
	for _, want := range []string{`role="img"`, `aria-labelledby="title desc"`, "<title id=\"title\">Shutdown 1: reboot, 6.493 s</title>",
		escapeXML(s.verdict("")), "<title>slowexitd 1164: TERM by procd 1"} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("without %s", want)
		}
	}
}

// Labels of short phases do not overlap.
func TestPlace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		labels := make([]label, 1+random.IntN(5))
		at := tenths(2140)
		for i := range labels {
			at += tenths(random.IntN(1500))
			labels[i] = label{at: at, width: tenths(300 + random.IntN(1000))}
		}
		place(labels, 200, 10600)
		for i, l := range labels {
			if l.x-l.width/2 < 200 || l.x+l.width/2 > 10600 || i > 0 && labels[i-1].x+labels[i-1].width/2 > l.x-l.width/2 {
				t.Fatalf("label %d of %+v", i, labels)
			}
		}
	}
}

func TestAxisStep(t *testing.T) {
	for span, want := range map[uint64]uint64{0: 1e6, 1: 1e6, 24e6: 2e6, 8698e6: 1e9, 120e9: 10e9, 121e9: 20e9, 1 << 63: 1e18, 1<<64 - 1: 1e18} {
		if got := axisStep(span); got != want {
			t.Errorf("%d: %d, want %d", span, got, want)
		}
	}
}

// The chart's size is bounded, whatever the size of the trail.
func TestManyRows(t *testing.T) {
	s := Analyse(large(5000))
	b := s.AppendSVG(nil)
	checkXML(t, b)
	if n := bytes.Count(b, []byte(`<text class="n" x="20"`)); n != maxRows || !bytes.Contains(b, []byte("more</text>")) {
		t.Errorf("%d rows", n)
	}
}

// large returns a trail of a shutdown with that many events.
func large(events int) *event.Trail {
	t := &event.Trail{DaemonPID: 2, BootID: bootID}
	for i := range events {
		e := event.Event{Seq: uint64(i + 1), Time: 1e9 + uint64(i)*1e6, Flags: event.FlagShutdown, Signal: sigterm, SenderPID: 1,
			SenderName: "procd", TargetPID: uint32(2 + i/3), TargetName: "name" + string(rune('a'+i%26))}
		switch i % 3 {
		case 1:
			e.Signal = sigkill
		case 2:
			e.Kind, e.ExitStatus = event.KindExit, sigkill
		}
		t.Events = append(t.Events, e)
	}
	return t
}

func BenchmarkAnalyse(b *testing.B) {
	t := large(5000)
	b.ReportAllocs()
	for range b.N {
		Analyse(t)
	}
}

func BenchmarkRender(b *testing.B) {
	s := Analyse(large(5000))
	b.ReportAllocs()
	var buf []byte
	for range b.N {
		buf = s.AppendVerdict(buf[:0])
		buf = s.AppendText(buf[:0], s)
		buf = s.AppendJSON(buf[:0], s)
		buf = s.AppendSVG(buf[:0])
	}
}
