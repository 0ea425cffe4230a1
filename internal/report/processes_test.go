// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// printedStory is a shutdown as the kernel prints it, without a daemon.
const printedStory = `[   10.000000] Signal :: (reboot 90) --[15]--> (procd 1)
[   11.000000] Signal :: (procd 1) --[15]--> (ubusd 50)
[   11.000100] Signal :: (procd 1) --[15]--> (stubbornd 51)
[   11.000200] Signal :: (procd 1) --[15]--> (odhcpd 52)
[   11.250000] Exit :: (ubusd 50) exited 0; 0.249999 s after its first signal to end
[   12.000000] Signal :: (procd 1) --[9]--> (stubbornd 51)
[   12.000100] Signal :: (procd 1) --[9]--> (odhcpd 52)
[   12.001000] Exit :: (stubbornd 51) killed by 9; 1.000899 s after its first signal to end
[   13.000000] Reboot :: (procd 95) restart; parent (procd 1)
`

// printedTable returns the rows of a shutdown of which only the console is left.
func printedTable(text string) string {
	tr := event.Trail{Pstore: event.PstoreFound}
	c := console.NewReader([]byte(text))
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		e := l.Event()
		e.TimeAtLeast = !l.Exact && e.Time != 0
		tr.Events = append(tr.Events, e)
	}
	s := Analyse(&tr)
	return string(appendTable(nil, s.Processes, nil, s.Begin))
}

// The console tells how processes have ended. An end that it does not tell is unknown.
func TestPrintedExits(t *testing.T) {
	stamps := regexp.MustCompile(`(?m)^\[.*?\] `)
	for _, c := range []struct{ text, want string }{
		{printedStory, `
   AT (s)   TOOK (s)  PROCESS                 END                 SIGNALS
    1.000      0.250  ubusd 50                exited 0            TERM by procd 1
    1.000      1.000  stubbornd 51            killed by SIGKILL   TERM by procd 1, KILL +0.999
    1.000     >0.999  odhcpd 52               not seen            TERM by procd 1, KILL +0.999
`},
		// Without stamps the exit's own line tells how long it took,
		{stamps.ReplaceAllString(printedStory, ""), `
   AT (s)   TOOK (s)  PROCESS                 END                 SIGNALS
        -      0.249  ubusd 50                exited 0            TERM by procd 1
        -      1.000  stubbornd 51            killed by SIGKILL   TERM by procd 1, KILL
        -          -  odhcpd 52               not seen            TERM by procd 1, KILL
`},
		// and with a lower bound for its time alone, the time is one, too.
		{strings.ReplaceAll(strings.ReplaceAll(printedStory, "[   11.250000] ", ""), "; 0.249999 s after its first signal to end", ""), `
   AT (s)   TOOK (s)  PROCESS                 END                 SIGNALS
    1.000     >0.000  ubusd 50                exited 0            TERM by procd 1
    1.000      1.000  stubbornd 51            killed by SIGKILL   TERM by procd 1, KILL +0.999
    1.000     >0.999  odhcpd 52               not seen            TERM by procd 1, KILL +0.999
`},
	} {
		if got := printedTable(c.text); got != c.want {
			t.Errorf("got%s\nwant%s", got, c.want)
		}
	}
}

// The rows have the services, where these say more than the names. Of some services only
// their processes are listed.
func TestServices(t *testing.T) {
	tr := parseTrail(10, "0 ask", "1 1>15>50", "1 1>15>51", "1 1>15>52", "1.5 exit:50", "6 reboot:procd")
	for i := range tr.Events {
		switch e := &tr.Events[i]; e.TargetPID {
		case 50:
			e.TargetName, e.TargetService = "sh", "web & more"
		case 51:
			e.TargetName, e.TargetService = "a-name-of-15-by", "a-name-of-15-bytes.service"
		case 52:
			e.TargetName, e.TargetService = "dnsmasq", "dnsmasq/cfg01411c-and-so-on"
		}
	}
	s := Analyse(tr)
	for services, want := range map[string][]string{
		"":                 {"sh 50", "a-name-of-15-by 51", "dnsmasq 52"},
		"dnsmasq":          {"dnsmasq 52"},
		"!dnsmasq,!nobody": {"sh 50", "a-name-of-15-by 51"},
		"nobody":           nil,
	} {
		s.Services, _ = event.ParseServices(services)
		var got []string
		for _, p := range listed(s.Processes, s.Services) {
			got = append(got, p.String())
		}
		if !slices.Equal(got, want) || len(s.Processes) != 3 {
			t.Errorf("services %q: %q, want %q", services, got, want)
		}
	}
	s.Services = nil
	text, svg := string(s.AppendText(nil, nil)), string(s.AppendSVG(nil))
	for _, want := range []string{"; service web & more\n", "; service dnsmasq/cfg01411c-and-so-on\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, want := range []string{`>sh <tspan class="m">50 web &amp; more<`, `>dnsmasq <tspan class="m">52 dnsmasq/cfg014…<`, "; service web &amp; more"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in\n%s", want, svg)
		}
	}
	if strings.Contains(text+svg, "service a-name") {
		t.Errorf("a service is named though it has the name of its process:\n%s", text)
	}
}

// A process that exited by itself took no time to end. An exit of a process that started
// after the last signal is that of another one, which got the same process id.
func TestExitsWithoutSignal(t *testing.T) {
	const s = 1e9
	ran := func(ns uint64) func(e *event.Event) {
		return func(e *event.Event) { e.RunTime, e.TargetName = ns, "other" }
	}
	for _, c := range []struct {
		about string
		words []string
		exit  func(e *event.Event)
		want  string // name, TOOK, END
	}{
		{"asked", []string{"1 1>15>50", "3 exit:50"}, func(e *event.Event) { e.RunTime, e.SinceFirst, e.SinceLast = 5*s, 2*s, 2*s },
			"p50 2.000 exited 0"},
		{"of an older kernel part", []string{"1 1>10>50", "3 exit:50"}, ran(0), "other 2.000 exited 0"},
		{"by itself", []string{"1 1>18>50", "3 exit:50"}, ran(5 * s), "other - exited 0 by itself"},
		{"by itself, ignored TERM", []string{"1 1>15>50", "3 exit:50"}, ran(5 * s), "other - exited 0 by itself"},
		{"may be by itself", []string{"1 1>10>50", "3 exit:50"}, func(e *event.Event) { e.RunTime, e.Flags = 5*s, event.FlagForgotten },
			"p50 2.000 exited 0"},
		{"started a ms after", []string{"1 1>10>50", "3 exit:50"}, ran(2*s - 1e6), "other - exited 0 by itself"},
		{"reused", []string{"1 1>15>50", "3 exit:50"}, ran(1 * s), "p50 - not seen"},
		{"reused, killed", []string{"1 1>15>50", "3 exit:50"}, func(e *event.Event) { e.RunTime, e.ExitStatus = 1*s, 9 }, "p50 - not seen"},
		{"after the first of two", []string{"1 1>10>50", "2.5 1>10>50", "3 exit:50"}, ran(1 * s), "other - exited 0 by itself"},
	} {
		tr := parseTrail(10, append([]string{"0 ask"}, append(c.words, "6 reboot:procd")...)...)
		c.exit(&tr.Events[len(tr.Events)-2])
		list := Analyse(tr).Processes
		if len(list) != 1 {
			t.Errorf("%s: %d processes", c.about, len(list))
			continue
		}
		took, end := list[0].ending()
		if got := list[0].Name + " " + took + " " + end; got != c.want || (took == "-") != (list[0].Took == 0) {
			t.Errorf("%s: %s, took %d; want %s", c.about, got, list[0].Took, c.want)
		}
	}

	// A signal after that is for another process again.
	tr := parseTrail(10, "0 ask", "1 1>15>50", "3 exit:50", "4 1>15>50", "6 reboot:procd")
	tr.Events[2].RunTime = 1 * s
	if list := Analyse(tr).Processes; len(list) != 2 || list[0].Exit != nil || list[1].Exit != nil {
		t.Errorf("%d processes, want 2 without an exit", len(list))
	}
}
