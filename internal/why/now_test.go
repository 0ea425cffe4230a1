// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"strings"
	"testing"
)

// What runs now is told of the newest end of a service, if it is known.
func TestRunsNow(t *testing.T) {
	many := []Process{{910, "dnsmasq"}, {911, "dnsmasq"}, {912, "dnsmasq"}, {913, "dnsmasq"}, {914, "dnsmasq"}}
	for _, c := range []struct {
		now  map[string][]Process
		want string
		json string
	}{
		{nil, "whether it was started again is not known", ""},
		{map[string][]Process{}, "the service does not run now", `"running":[]`},
		{map[string][]Process{"other": many}, "the service does not run now", `"running":[]`},
		{map[string][]Process{"dnsmasq": {{909, "ujail"}, {910, "dnsmasq"}}}, "the service runs now: (dnsmasq 910)",
			`"running":[{"pid":909,"name":"ujail"},{"pid":910,"name":"dnsmasq"}]`},
		{map[string][]Process{"dnsmasq": {{909, "ujail"}}}, "the service runs now, without a process of this name: (ujail 909)",
			`"running":[{"pid":909,"name":"ujail"}]`},
		{map[string][]Process{"dnsmasq": many}, "the service runs now: (dnsmasq 910), (dnsmasq 911), (dnsmasq 912), (dnsmasq 913) and 1 more", ""},
	} {
		q := Ask("dnsmasq")
		b := alive().exit(50*s, dnsmasq, 1<<8, 9*s, 0).of("dnsmasq", "").exit(60*s, party{"dnsmasq", 902}, 1<<8, 9*s, 0).of("dnsmasq", "").boot(q)
		b.RunsNow(c.now)
		a := Answers(q, []*Boot{b}, 0, 0)
		text := string(a.AppendText(nil, 10))
		if strings.Count(text, "  "+c.want+"\n") != 1 || strings.Count(text, "started again") != 1+strings.Count(c.want, "started again") {
			t.Errorf("want once %q:\n%s", c.want, text)
		}
		if json := string(a.AppendJSON(nil, 10)); !strings.Contains(json, c.json) || c.now == nil && strings.Contains(json, `"running"`) {
			t.Errorf("want %s: %s", c.json, json)
		}
	}
}
