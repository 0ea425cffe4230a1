// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"regexp"
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
	return string(appendTable(nil, s.Processes, s.Begin))
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
