// SPDX-License-Identifier: GPL-2.0-only

package event

import "testing"

// Scripts of /etc/rc.d are known by their names, and by init as their parent.
func TestScripts(t *testing.T) {
	for name, want := range map[string]byte{"K30hangstop": 'K', "S95foo": 'S', "K01sigtrail": 'K', "S19": 0, "Sleepy": 0, "S1foo": 0, "sleep": 0, "": 0, "X20foo": 0} {
		if got := ScriptKind(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for want, e := range map[byte]Event{
		'K': {Kind: KindExit, TargetName: "K30foo", Flags: FlagOfInit},
		'S': {Kind: KindExit, TargetName: "S30foo", Origin: OriginConsole}, // a printed line has no flags
	} {
		if got := e.ScriptEnded(); got != want {
			t.Errorf("%v: %q, want %q", &e, got, want)
		}
	}
	for _, e := range []Event{{Kind: KindExit, TargetName: "K30foo"}, {TargetName: "K30foo", Flags: FlagOfInit}, {Kind: KindExit, TargetName: "procd", Flags: FlagOfInit},
		{Kind: KindExit, TargetName: "K99evil", Flags: FlagOfInit | FlagShare}, {Kind: KindExit, TargetName: "K99evil", Flags: FlagOfInit, TargetCgroup: 4711}} {
		if got := e.ScriptEnded(); got != 0 {
			t.Errorf("%v: %q", &e, got)
		}
	}
	for _, e := range []Event{{SenderName: "K99evil", ParentName: "K99evil", SenderUID: 1000}, {SenderName: "K99evil", ParentName: "K99evil", SenderCgroup: 4711}} {
		if sender, parent := e.SenderScript(); sender != 0 || parent != 0 {
			t.Errorf("%v: %q, %q", &e, sender, parent)
		}
	}
	e := Event{SenderName: "kill", ParentName: "K30foo", SenderCgroup: 1}
	if sender, parent := e.SenderScript(); sender != 0 || parent != 'K' {
		t.Errorf("%v: %q, %q", &e, sender, parent)
	}
}
