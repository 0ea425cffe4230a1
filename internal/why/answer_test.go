// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/golden"
)

// day is the running boot of a router with several services.
func day() *story {
	y := alive()
	for i := range uint32(6) {
		y.exit(hour+uint64(i)*5*s, party{"uhttpd", 700 + i}, exited(1), 200*ms, 0).of("uhttpd", "")
	}
	return y.sig(2*hour, killall, sh, dnsmasq, term, fatal).exit(2*hour+ms, dnsmasq, term, hour, 0).of("dnsmasq/lan", "").
		exit(3*hour, dnsmasq, 0, 40*mins, 0).of("dnsmasq/lan", "").
		exit(4*hour, party{"sh", 1200}, 0, s, 0).
		sig(4*hour, killall, sh, party{"ujail", 1250}, kill, fatal).sig(4*hour+ms, party{"ujail", 1250}, procd, party{"ntpd", 1251}, kill, fatal).
		exit(4*hour+2*ms, party{"ujail", 1250}, kill, 50*mins, 0).of("ntpd", "").exit(4*hour+3*ms, party{"ntpd", 1251}, kill, 50*mins, 0).of("ntpd", "").
		add(5*hour, event.Event{Kind: event.KindExit, TargetPID: 1300, TargetName: "worker", TargetService: "uhttpd", ExitStatus: term})
}

// lastNight is a shutdown that is kept.
func lastNight() *event.Trail {
	t := &event.Trail{Number: 12, BootID: "a", ClockLocal: hour, ClockRealtime: uint64(start) - 10*hour}
	y := tell().lose(4000).sig(hour, party{"reboot", 60}, sh, procd, term, caught).
		sig(hour+s, procd, nobody, dnsmasq, term, fatal|down).exit(hour+s+ms, dnsmasq, term, 0, down).
		sig(hour+s, procd, nobody, party{"stubbornd", 66}, kill, fatal|down)
	for _, e := range y.events {
		e.Wall = 0
		t.Events = append(t.Events, e)
	}
	return t
}

func ask(word string, since int64) *Answer {
	q := Query{}
	if word != "" {
		q = Ask(word)
	}
	return Answers(q, []*Boot{day().boot(q), Kept(q, lastNight(), hour)}, since, start+int64(5*hour))
}

func TestAnswers(t *testing.T) {
	text := ""
	for _, c := range []struct {
		word  string
		since int64
		count int
	}{{"", 0, 10}, {"uhttpd", 0, 2}, {"dnsmasq", 0, 10}, {"dnsmasq", start, 10}, {"stubbornd", 0, 10}, {"901", 0, 10}, {"worker", 0, 10}} {
		a := ask(c.word, c.since)
		text += fmt.Sprintf("== %q, since %d, at most %d\n%s\n", c.word, c.since, c.count, a.AppendText(nil, c.count))
		text += string(a.AppendJSON(nil, c.count)) + "\n\n"
	}
	golden.Check(t, "answers.golden", []byte(text))
}

func TestUnknown(t *testing.T) {
	for _, c := range []struct {
		word  string
		since int64
		want  string
	}{
		{"dnsmask", 0, "no end of dnsmask is recorded, and no signal to it, in this boot from its start and 1 kept shutdown\n" +
			"similar names that are recorded: dnsmasq, dnsmasq/lan"},
		{"http", 0, "no end of http is recorded, and no signal to it, in this boot from its start and 1 kept shutdown\n" +
			"similar names that are recorded: uhttpd"},
		{"4711", 0, "no end of process 4711 is recorded, and no signal to it, in this boot from its start and 1 kept shutdown"},
		{"uhttpd", start + int64(4*hour), ""},
		{"netifd", start + int64(4*hour), "no end of netifd is recorded, and no signal to it, in this boot from its start and 1 kept shutdown, " +
			"since 2026-11-25 16:00:00 UTC"},
	} {
		a := ask(c.word, c.since)
		if got := a.Unknown(); a.Known() != (c.want == "") || c.want != "" && got != c.want {
			t.Errorf("%s: known %t, %q, want %q", c.word, a.Known(), got, c.want)
		}
	}
	for want, b := range map[string]*Boot{
		"no end of x is recorded, and no signal to it, in this boot since 2026-11-25 13:00:00 UTC (its trail has nothing older)": tell().lose(7).
			sig(hour, procd, nobody, dnsmasq, hup, caught).boot(Ask("x")),
		"no end of x is recorded, and no signal to it, in this boot, whose trail has no record,": Running(Ask("x")),
	} {
		if got := Answers(Ask("x"), []*Boot{b}, 0, 0).Unknown(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A router's memory is small: what a boot collects is bounded, and what is left out is said.
func TestBounds(t *testing.T) {
	b := Running(Ask("sh"))
	seq := uint64(0)
	for i := range uint32(5000) {
		for _, e := range []event.Event{signal(procd, nobody, party{"sh", 2 + i}, hup, caught), signal(procd, nobody, party{"sh", 2 + i}, term, caught), signal(procd, nobody, party{fmt.Sprint("x", i), 9000 + i}, hup, caught),
			{Kind: event.KindExit, TargetPID: 2 + i, TargetName: "sh"}} {
			seq++
			e.Seq, e.Time = seq, seq*s
			b.Add(&e)
		}
	}
	if n := &b.notes; len(n.noted) > maxNoted || len(n.before) > maxNoted || len(n.senders) > maxNoted {
		t.Errorf("%d and %d signals for notes, %d senders", len(n.noted), len(n.before), len(n.senders))
	}
	if len(b.ends) > maxEnds || len(b.running) > maxProcesses || len(b.names) > maxNames || len(b.recent) > maxRecent {
		t.Errorf("%d ends, %d processes, %d names, %d recent ends", len(b.ends), len(b.running), len(b.names), len(b.recent))
	}
	a := Answers(Ask("sh"), []*Boot{b}, 0, 0)
	if text := string(a.AppendText(nil, 1)); !strings.HasSuffix(text, "searched: this boot from its start, without its oldest 3072 ends\n") {
		t.Errorf("%s", text)
	}
}

// A clock that was not set gives no date, and no "ago". Once it is set, the date is known.
func TestClockNotSet(t *testing.T) {
	y := tell().exit(90*s, dnsmasq, exited(1), 80*s, 0)
	y.events[0].Wall = int64(100 * s)
	for _, want := range []string{"90.0 s after boot", "2026-11-25 12:01:30 UTC, 58 min ago"} {
		text := string(Answers(Ask("dnsmasq"), []*Boot{y.boot(Ask("dnsmasq"))}, start, start+int64(hour)).AppendText(nil, 10))
		if want := "dnsmasq 901 exited 1 by itself\n  " + want + "; it had run 80 s\n"; !strings.HasPrefix(text, want) {
			t.Errorf("%s, want %s", text, want)
		}
		y.sig(mins*2, procd, nobody, sh, hup, caught)
	}
}

func FuzzAnswers(f *testing.F) {
	for _, y := range slices.Concat(stories, facts, ofProcd, senders, faults) {
		f.Add(jsonOf(y.story.events), y.ask, uint8(0))
	}
	for _, name := range []string{"reboot", "stalled", "boxed", "console", "sixty"} {
		b, err := os.ReadFile("../report/testdata/" + name + ".jsonl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "dnsmasq", uint8(1))
	}
	f.Fuzz(func(t *testing.T, lines []byte, word string, kind uint8) {
		tr := event.Trail{Number: int(kind), ClockLocal: 1, ClockRealtime: math.MaxUint64}
		for _, line := range strings.Split(string(lines), "\n") {
			if e, _, err := event.DecodeJSON([]byte(line)); err == nil {
				tr.Events = append(tr.Events, e)
			}
		}
		for _, q := range []Query{Ask(word), {}} {
			var b *Boot
			if kind == 0 {
				b = (&story{events: tr.Events}).boot(q)
			} else {
				b = Kept(q, &tr, uint64(kind))
			}
			a := Answers(q, []*Boot{b}, int64(kind), math.MaxInt64)
			for _, c := range append(a.AppendText(nil, int(kind)), a.Unknown()...) {
				if c < ' ' && c != '\n' || c > '~' {
					t.Fatalf("not printable: %q", a.AppendText(nil, int(kind)))
				}
			}
			if j := a.AppendJSON(nil, int(kind)); !json.Valid(j) {
				t.Fatalf("not valid: %s", j)
			}
		}
	})
}

func jsonOf(events []event.Event) (b []byte) {
	for i := range events {
		b = append(events[i].AppendJSON(b), '\n')
	}
	return b
}
