// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// TestService checks the capabilities of the daemon, and calls of rpcd.
func TestService(t *testing.T) {
	g := boot(t, vm.Config{})
	t.Run("confined", func(t *testing.T) { confined(t, g) })
	t.Run("plugin", func(t *testing.T) { plugin(t, g) })
	t.Run("switches", func(t *testing.T) { switches(t, g) })
}

// confined checks that the daemon has CAP_KILL, CAP_NET_ADMIN and CAP_SYS_PTRACE,
// and cannot get other capabilities. With CAP_SYS_RESOURCE, which it has given up, it
// has become the last that the OOM killer would choose.
func confined(t *testing.T, g *guest) {
	const rights, bounding = "0000000000081020", "0000000001081020"
	want := "CapInh:\t" + rights + "\nCapPrm:\t" + rights + "\nCapEff:\t" + rights + "\nCapBnd:\t" + bounding +
		"\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"
	if got := g.run("grep -E '^Cap|^NoNew' /proc/$(pidof sigtrail)/status"); got != want {
		t.Errorf("the daemon has\n%swant\n%s", got, want)
	}
	// Kernel threads and init have no score above 0 either.
	scores := g.run("for p in /proc/[0-9]*; do [ -s $p/cmdline ] && echo $(cat $p/oom_score) ${p#/proc/}; done 2>/dev/null | sort -n")
	daemon := strings.TrimSpace(g.run("pidof sigtrail"))
	for _, line := range strings.Split(strings.TrimSpace(scores), "\n") {
		score, pid, _ := strings.Cut(line, " ")
		if pid == daemon && score != "0" {
			t.Errorf("the OOM score of the daemon, process %s, is %s; all scores:\n%s", daemon, score, scores)
		}
	}
	if got := g.run("cat /proc/$(pidof sigtrail)/oom_score_adj"); got != "-900\n" {
		t.Errorf("oom_score_adj: %s", got)
	}
}

// plugin calls the plugin's methods as rpcd does.
func plugin(t *testing.T, g *guest) {
	victim := strings.TrimSpace(g.run(`sleep 1000 & echo $!; kill -KILL $!`))
	g.settle()
	var list map[string]map[string]any
	if out := g.run("sigtrail rpcd list"); json.Unmarshal([]byte(out), &list) != nil || list["info"] == nil || list["events"] == nil {
		t.Errorf("methods: %s", out)
	}
	var info struct {
		ClaimName string `json:"claim_name"`
	}
	if out := g.run("sigtrail rpcd call info </dev/null"); json.Unmarshal([]byte(out), &info) != nil || info.ClaimName != "sigtrail" {
		t.Errorf("info: %s", out)
	}
	var answer struct {
		Events []struct {
			Kind   string
			Signal int
			Target json.Number `json:"target_pid"`
		}
	}
	out := g.run(`echo '{"count":2,"target":"%s"}' | sigtrail rpcd call events`, victim)
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Events) != 2 || answer.Events[0].Signal != 9 ||
		answer.Events[1].Kind != "exit" || answer.Events[0].Target.String() != victim {
		t.Errorf("%v in the events of %s: %s", err, victim, out)
	}
}

// switches checks that a daemon that is killed leaves what the kernel had to the next
// one, which has another configuration, and that a daemon that stops gives it back.
func switches(t *testing.T, g *guest) {
	expect := func(want string) {
		t.Helper()
		if got := g.run("cd /proc/sys/kernel/sigtrail; echo $(cat printk sigalrm)"); got != want+"\n" {
			t.Errorf("switches are %q, want %q", got, want)
		}
	}
	g.run("cp /etc/sigtrail.ini /tmp/kept; printf '[kernel]\nprintk = always\nsigalrm = 1\n' >>/etc/sigtrail.ini; kill -HUP $(pidof sigtrail)")
	g.expectLog("configuration reloaded")
	expect("always 1")
	g.run("cp /tmp/kept /etc/sigtrail.ini; printf '[kernel]\nsigalrm = 1\n' >>/etc/sigtrail.ini; kill -KILL $(pidof sigtrail)")
	g.expectLog("started: .*resuming after")
	expect("auto 1")
	g.run("cp /tmp/kept /etc/sigtrail.ini; kill $(pidof sigtrail)")
	g.expectLog("stopped after record")
	expect("auto 0")
}
