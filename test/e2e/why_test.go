// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// services starts endings as procd starts a service: a child of init, in a cgroup of its own.
const services = `
start() { # NAME HOW...
	name=$1
	shift
	(setsid /usr/libexec/in-service $name endings $name /tmp/said "$@" >/dev/null 2>&1 </dev/null &)
}
run() { # NAME HOW...: a child of init in its own cgroup, as a script of procd
	name=$1
	shift
	(setsid endings $name /tmp/said "$@" >/dev/null 2>&1 </dev/null &)
}
pid() { # NAME: waits until it has noted itself
	until grep -q "^$1 " /tmp/said 2>/dev/null; do usleep 10000; done
	sed -n "s/^$1 //p" /tmp/said | tail -n 1
}
note() { # KEY: what it has noted under that key
	sed -n "s/^$1 //p" /tmp/said | tail -n 1
}
script() { # FILE LINE...: makes a script, which begins with noting its process id
	file=$1
	shift
	printf '#!/bin/sh\necho "${0##*/} $$" >>/tmp/said\n' >$file
	printf '%s\n' "$@" >>$file
	chmod +x $file
}
told() { # TEXT: waits until the trail has a note with it, for five seconds at most
	for try in $(seq 500); do grep -qs "Found :: .*$1" /tmp/sigtrail/trail.*.sig && break; usleep 10000; done
}
orphaned='until grep -q "^PPid:.1$" /proc/$$/status; do usleep 1000; done'
gone() { while [ -e /proc/$1/stat ] && ! grep -q ') Z ' /proc/$1/stat 2>/dev/null; do usleep 10000; done; }
`

// TestWhy ends services in many ways, beside many shells, and asks why. The answer's first
// line has to name the cause, with the process ids that the guest's programs noted.
func TestWhy(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run(`(while :; do sh -c :; done) >/dev/null 2>&1 & echo $! >/tmp/shells`)
	play := func(script string) []any {
		t.Helper()
		var pids []any
		for _, pid := range strings.Fields(g.run("%s", services+script)) {
			pids = append(pids, pid)
		}
		return pids
	}
	for _, c := range []struct {
		name, script, want string
		more               string // in a later line
	}{
		{"quietd", `start quietd exit 0 300; p=$(pid quietd); gone $p; echo $p`,
			`quietd %[1]s exited 0 by itself, [0-9.]+ s after its start`, "the service does not run now"},
		{"httpd", `p=$(pidof httpd); kill $p; until n=$(pidof httpd) && [ "$n" != "$p" ]; do usleep 10000; done; gone $p; echo $p $n`,
			`httpd %[1]s was killed by SIGTERM that .*`, `the service runs now: \(httpd %[2]s\)`},
		{"faild", `start faild exit 2 300; p=$(pid faild); gone $p; echo $p`,
			`faild %[1]s exited 2 by itself, [0-9.]+ s after its start`, ""},
		{"segvd", `start segvd segv; p=$(pid segvd); told /usr/bin/endings; touch /tmp/said-go; gone $p; echo $p $(note at-segvd)`,
			`segvd %[1]s crashed by SIGSEGV at address %[2]s: nothing is mapped there; pc %[3]s, offset 0x[0-9a-f]+ of /usr/bin/endings, \d.* s after its start`,
			`its source line: addr2line -e endings 0x[0-9a-f]+ \(if it is not PIE, %[3]s\), with the unstripped file`},
		{"abortd", `start abortd abort; p=$(pid abortd); gone $p; echo $p`,
			`abortd %[1]s crashed by SIGABRT: it aborted itself, .*`, ""},
		{"killedd", `start killedd wait; p=$(pid killedd)
			ln -s /bin/busybox /tmp/killall
			script /tmp/reload.sh "/tmp/killall killedd" "until [ -e /tmp/reloaded ]; do usleep 10000; done"
			script /tmp/job "$orphaned" "/tmp/reload.sh; :"
			(/tmp/job &); gone $p; told reload.sh; touch /tmp/reloaded; echo $p $(pid reload.sh) $(pid job)`,
			`killedd %[1]s was killed by SIGTERM that \(killall \d+\)( "/tmp/killall killedd")? < \(reload.sh %[2]s\) < \(job %[3]s\) sent`,
			`commands: \(reload.sh %[2]s\) "/bin/sh /tmp/reload.sh" < \(job %[3]s\) "/bin/sh /tmp/job"`},
		{"orphand", `start orphand wait; p=$(pid orphand)
			script /tmp/killer "$orphaned" "kill $p; :"
			script /tmp/starter "/tmp/killer &"
			/tmp/starter; gone $p; echo $p $(pid killer)`,
			`orphand %[1]s was killed by SIGTERM that \(killer %[2]s\)( "/bin/sh /tmp/killer")? sent, which was re-parented to \(init 1\)`,
			`\(killer %[2]s\) was not started by \(init 1\), but by another process`},
		{"polited", `start polited handle; p=$(pid polited); kill $p; gone $p; echo $p $$`,
			`polited %[1]s exited 0, [0-9.]+ s after SIGTERM that \(sh %[2]s\) .*sent`, ""},
		{"stubd", `start stubd ignore; p=$(pid stubd); kill $p; usleep 500000; kill -KILL $p; gone $p; echo $p $$`,
			`stubd %[1]s was killed by SIGKILL that \(sh %[2]s\) .*sent, (0\.[5-9]|[1-9])\S* s after SIGTERM, which it ignored`, ""},
		{"hogd", `mkdir -p /sys/fs/cgroup/services/hogd/instance1
			for group in / /services/ /services/hogd/; do echo +memory >/sys/fs/cgroup$group/cgroup.subtree_control; done
			echo 8M >/sys/fs/cgroup/services/hogd/instance1/memory.max
			start hogd hog; p=$(pid hogd); gone $p; echo $p`,
			`hogd %[1]s was killed by the OOM killer: its peak memory was at least \d+\.\d MiB; it asked for memory itself`, ""},
		{"childd", `start jaild jail childd; p=$(pid childd); j=$(pid jaild); kill -KILL $j; gone $p; gone $j; echo $p $j`,
			`childd %[1]s was killed by SIGKILL that \(jaild %[2]s\) sent, which was ended, too`, ""},
		{"twiced", `start twiced fork; p=$(pid twiced); kill $p; gone $p; echo $p $$`,
			`twiced %[1]s was killed by SIGTERM that \(sh %[2]s\) .*sent`, ""},
		{"reusedd", `start oldd exit 3 0; p=$(pid oldd); gone $p; echo $((p + 500)) >/proc/sys/kernel/pid_max
			start reusedd reuse $p; q=$(pid reusedd); gone $q; echo $p $q`,
			`reusedd %[1]s exited 7 by itself, .* after its start`, ""},
		{"removedd", `start removedd exit 4 0; p=$(pid removedd); gone $p; rmdir /sys/fs/cgroup/services/removedd/instance1; echo $p`,
			`removedd %[1]s exited 4 by itself, .* after its start`, ""},
		{"namedd", `start namedd exit 3 100; p=$(pid namedd); gone $p; run namedd exit 1 200
			until [ "$(grep -c "^namedd " /tmp/said)" = 2 ]; do usleep 10000; done; q=$(pid namedd); gone $q; echo $p $q`,
			`namedd %[1]s exited 3 by itself, 0\.\d{3} s after its start`,
			`of the same name, but of no service, as init's scripts are: 1 ended, 1 of them failed\n  .* UTC: namedd %[2]s exited 1 by itself, .*`},
	} {
		pids := play(c.script)
		g.settle()
		out := g.run("sigtrail why %s", c.name)
		first, rest, _ := strings.Cut(out, "\n")
		for pattern, text := range map[string]string{c.want: first, c.more: rest} {
			want, _, _ := strings.Cut(fmt.Sprintf(pattern, pids...), "%!(EXTRA")
			if want != "" && !regexp.MustCompile("(?m)^ *"+want+"$").MatchString(text) {
				t.Errorf("%s: %s\nwant %s", c.name, out, want)
			}
		}
		t.Logf("%s", out)
	}

	for n := range 4 {
		play(fmt.Sprintf(`start loopd exit 1 100; until [ "$(grep -c "^loopd " /tmp/said)" = %d ]; do usleep 10000; done; gone $(pid loopd)`, n+1))
	}
	g.settle()
	out := g.run("sigtrail why loopd")
	if !regexp.MustCompile(`(?m)^4 ends in \d+(\.\d+)? s, each exited 1 within \d+ s of its start: a crash loop$`).MatchString(out) ||
		strings.Count(out, "\n  started again ") != 3 {
		t.Errorf("loopd: %s", out)
	}
	t.Logf("%s", out)

	g.run("kill $(cat /tmp/shells)")
	g.settle()
	lowerBound(t, g)
	all := g.run("sigtrail why")
	if first := strings.Split(all, "\n")[1]; !regexp.MustCompile(`^   4  \S+ \S+  loopd +4 ends in .*: a crash loop$`).MatchString(first) {
		t.Errorf("all services: %s", all)
	}
	if !regexp.MustCompile(`(?m)^   1 .* namedd +exited 3 by itself`).MatchString(all) ||
		!regexp.MustCompile(`(?m)^init's scripts, and other programs of no service: \d+ ended, \d+ of them failed: .*namedd`).MatchString(all) {
		t.Errorf("all services: %s", all)
	}
	t.Logf("%s", all)
	var answer struct {
		List []struct {
			Cause      string
			ExitStatus int `json:"exit_status"`
			ExitCode   int `json:"exit_code"`
		}
	}
	if out := g.run(`echo '{"name":"faild"}' | sigtrail rpcd call why`); json.Unmarshal([]byte(out), &answer) != nil ||
		len(answer.List) != 1 || answer.List[0].Cause != "itself" || answer.List[0].ExitStatus != 512 || answer.List[0].ExitCode != 2 {
		t.Errorf("faild over ubus: %s", out)
	}
	if out := g.run(`sigtrail why fail 2>&1; echo $?`); !strings.HasSuffix(out, "\n1\n") || !strings.Contains(out, "similar names that are recorded: faild") {
		t.Errorf("fail: %s", out)
	}
}

// lowerBound compares the memory that a victim of the OOM killer is said to have had at least
// with what it noted to have taken, beside which it had its program and the next MiB.
func lowerBound(t *testing.T, g *guest) {
	t.Helper()
	var answer struct {
		List []struct {
			PeakRSS uint64 `json:"peak_rss"`
		}
	}
	out := g.run(`echo '{"name":"hogd"}' | sigtrail rpcd call why`)
	took := number(t, strings.TrimSpace(g.run(`sed -n 's/^took-hogd //p' /tmp/said | tail -n 1`)))
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.List) != 1 {
		t.Fatalf("hogd over ubus: %v, %s", err, out)
	}
	if had := answer.List[0].PeakRSS; had == 0 || had > uint64(took+3)<<10 {
		t.Errorf("hogd had at least %d KiB, and noted that it had taken %d MiB", had, took)
	}
}
