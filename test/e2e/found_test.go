// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
	"sigtrail/test/vm"
)

// noteChain is for a script: it notes itself and its ancestors but for init, each with its
// command line.
const noteChain = `note_chain() {
	p=$$
	while [ "$p" -gt 1 ]; do
		echo "$p $(cat /proc/$p/comm) $(tr '\0' ' ' </proc/$p/cmdline)"
		p=$(sed 's/.*) . \([0-9]*\) .*/\1/' /proc/$p/stat)
	done >"$1.new"
	mv "$1.new" "$1"
}
`

// chain returns what note_chain has noted, as a note has it.
func chain(text string) string {
	var list []string
	for _, line := range lines(text) {
		part := strings.SplitN(strings.TrimSpace(line), " ", 3)
		list = append(list, "("+part[1]+" "+part[0]+`) "`+event.Quoted(part[2])+`"`)
	}
	return strings.Join(list, " < ")
}

// TestFound compares what the daemon finds about signals with what the guest's programs
// note of themselves.
func TestFound(t *testing.T) {
	g := boot(t, vm.Config{})
	g.logAll()
	t.Run("crond", func(t *testing.T) { foundCrond(t, g) })
	t.Run("fault", func(t *testing.T) { foundFault(t, g) })
	t.Run("memory", func(t *testing.T) { foundMemory(t, g) })
	t.Run("asker", func(t *testing.T) { foundAsker(t, g) })
}

// awaitNote waits until the log has a note with a text, and returns it as the trail has it:
// BusyBox's syslogd cuts long lines.
func (g *guest) awaitNote(text string) (found.Note, string) {
	g.t.Helper()
	line, err := g.Log.Expect(commandLimit, `Found :: for record \d+: `+text)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, e := range g.trail().notes {
		if strings.HasPrefix(e.Text, line[0]) {
			n, _ := found.Parse(e.Text)
			return n, e.Text
		}
	}
	g.t.Fatalf("the trail does not have %s", line[0])
	return found.Note{}, ""
}

// foundCrond: crond runs a script that ends two services by killall.
func foundCrond(t *testing.T, g *guest) {
	g.run(`mkdir /tmp/cron; mkfifo /tmp/go
		cat >/tmp/reload.sh <<'END'
#!/bin/sh
%sif mkdir /tmp/once; then
	note_chain /tmp/chain
	killall oned twod
	read -r _ </tmp/go
fi
END
		chmod +x /tmp/reload.sh
		for name in oned twod; do
			endings $name /tmp/said wait >/dev/null 2>&1 </dev/null &
			until grep -q "^$name " /tmp/said; do usleep 10000; done
		done
		echo '* * * * * /tmp/reload.sh' >/tmp/cron/root
		crond -c /tmp/cron`, noteChain)
	_, line := g.awaitNote(`\(killall \d+\)`)
	g.run(`echo >/tmp/go; kill $(pidof crond)`)
	want := chain(g.run("cat /tmp/chain"))
	// killall may have ended before the daemon looks, but the script waits.
	if !regexp.MustCompile(`: \(killall \d+\)( "killall oned twod")? < ` + regexp.QuoteMeta(want) + "$").MatchString(line) {
		t.Errorf("found %s\nnoted %s", line, want)
	}
	if !strings.Contains(want, "(reload.sh ") || !strings.HasSuffix(want, `"crond -c /tmp/cron"`) {
		t.Errorf("noted %s", want)
	}

	// The trail has it, after the record that it is about; and once, as both are of one killall.
	var notes []found.Note
	tr := g.trail()
	for _, e := range tr.notes {
		if n, ok := found.Parse(e.Text); ok && n.Sender != nil && n.Sender[0].Name == "killall" {
			notes = append(notes, n)
		}
	}
	sent := tr.pick(func(e *event.Event) bool { return e.Kind == event.KindSignal && e.SenderName == "killall" })
	if len(notes) != 1 || len(sent) != 2 || notes[0].Seq != sent[0].Seq || notes[0].Sender[0].PID != sent[0].SenderPID {
		t.Errorf("notes %+v, signals %v", notes, sent)
	}
}

// foundFault: a process handles a fault.
func foundFault(t *testing.T, g *guest) {
	notes := strings.Fields(g.run(`faulty /tmp/fault >/dev/null 2>&1 & until [ "$(wc -l 2>/dev/null </tmp/fault)" = 1 ]; do usleep 10000; done; cat /tmp/fault`))
	pid, address, pc := number(t, notes[0]), uint64(number(t, notes[1])), uint64(number(t, notes[2]))
	n, line := g.awaitNote("pc ")
	if n.PC != pc || n.File != "/usr/bin/faulty" {
		t.Errorf("found %s, noted %v", line, notes)
	}
	code := g.run(`dd if=%s bs=1 skip=%d count=8 2>/dev/null | hexdump -ve '1/1 "%%02x"'; kill %d`, n.File, n.Offset, pid)
	if code != notes[3] {
		t.Errorf("at offset %#x of the file is %s, where the process had %s", n.Offset, code, notes[3])
	}
	faults := g.trail().pick(func(e *event.Event) bool { return e.Flags&event.FlagFault != 0 && int64(e.TargetPID) == pid })
	if len(faults) != 1 || faults[0].Seq != n.Seq || faults[0].FaultPC != pc || faults[0].FaultAddress != address {
		t.Errorf("faults %v, noted %v", faults, notes)
	}
}

// foundMemory: a process is ended for memory while a file on tmpfs holds much of it.
func foundMemory(t *testing.T, g *guest) {
	g.run(`dd if=/dev/zero of=/tmp/held bs=64k count=1536 2>/dev/null; endings hog /tmp/said hog >/dev/null 2>&1 </dev/null &`)
	n, line := g.awaitNote("tmpfs and shared memory held ")
	noted := make(map[string]int64) // in KiB
	for _, line := range lines(g.run(`grep -E '^(MemTotal|Shmem):' /proc/meminfo; rm /tmp/held`)) {
		f := strings.Fields(line)
		noted[f[0]] = number(t, f[1])
	}
	total, shmem := noted["MemTotal:"], noted["Shmem:"]
	if int64(n.Total) < total-103 || int64(n.Total) > total+103 || int64(n.Shmem) < shmem-2048 || int64(n.Shmem) > shmem+2048 {
		t.Errorf("found %s, noted %d of %d KiB", line, shmem, total)
	}
	ended := g.trail().pick(func(e *event.Event) bool { return e.Seq == n.Seq })
	if len(ended) != 1 || ended[0].Kind != event.KindExit || ended[0].Flags&event.FlagOOM == 0 || ended[0].TargetName != "hog" {
		t.Errorf("the note is about %v", ended)
	}
}

// askedInit is the init of one boot, which ends a service when a program asks for that, as
// procd does. It answers when the test lets it. Its children's ends interrupt an open(2), which
// the shell does not repeat, but not a read.
const askedInit = `#!/bin/sh
/etc/init.d/rcS
mkfifo /run/ask /run/go
/usr/libexec/in-service sigtrail /usr/bin/env GODEBUG=asyncpreemptoff=1 /usr/bin/confine /etc/capabilities/sigtrail.json /usr/sbin/sigtrail daemon &
/usr/libexec/in-service httpd endings httpd /tmp/said wait &
/usr/libexec/in-service stubbornd endings stubbornd /tmp/said ignore &
/usr/libexec/command-port &
/usr/libexec/log-port &
exec 8<>/run/ask 9<>/run/go
while read -r answer what <&8; do
	echo "$what" >/run/asked
	name=${what#*: \"}
	kill "$(sed -n "s/^${name%%\"*} //p" /tmp/said)"
	read -r _ <&9
	until echo >"$answer"; do :; done
done
`

// ubus is a client's stand-in, and rcCommon OpenWrt's /etc/rc.common, as far as it is used.
const (
	ubus = `#!/bin/sh
mkfifo /run/answer
echo "/run/answer $*" >/run/ask
read -r _ </run/answer
`
	rcCommon = `#!/bin/sh
. "$1"
"$2"
`
)

// foundAsker: a hotplug script has init end a service, while a script of another service runs.
func foundAsker(t *testing.T, g *guest) {
	write := func(path, content string) {
		g.run("mkdir -p $(dirname %[1]s); rm -f %[1]s; cat >%[1]s <<'EOF'\n%[2]sEOF\nchmod +x %[1]s; sync", path, content)
	}
	write("/sbin/init", askedInit)
	write("/usr/bin/ubus", ubus)
	write("/etc/rc.common", rcCommon)
	for _, name := range []string{"httpd", "stubbornd"} {
		write("/etc/init.d/"+name, "#!/bin/sh /etc/rc.common\nrestart() {\n\tubus call service delete '{ \"name\": \""+name+"\" }'\n}\n")
	}
	write("/etc/init.d/other", "#!/bin/sh /etc/rc.common\nrestart() {\n\tread -r _ </run/other\n}\n")
	write("/etc/hotplug.d/iface/10-httpd", "#!/bin/sh\n"+noteChain+"note_chain /run/chain\n/etc/init.d/httpd restart\n:\n")
	g.typed("reboot")
	g.expectConsole(vm.Booting)
	g.awaitBoot()

	g.run(`until grep -q "^httpd " /tmp/said; do usleep 10000; done
		mkfifo /run/other
		/etc/init.d/other restart >/dev/null 2>&1 &
		/etc/hotplug.d/iface/10-httpd >/dev/null 2>&1 </dev/null &`)
	n, line := g.awaitNote("perhaps asked by ")
	g.run(`echo >/run/go; echo >/run/other`)
	script := regexp.MustCompile(`: perhaps asked by \(ubus \d+\) "/bin/sh /usr/bin/ubus call service delete { \\x22name\\x22: \\x22httpd\\x22 }" < ` +
		`\(httpd \d+\) "/bin/sh /etc/rc.common /etc/init.d/httpd restart" < (.*)`)
	m, noted := script.FindStringSubmatch(line), chain(g.run("cat /run/chain"))
	if m == nil || !strings.HasPrefix(noted, m[1]) || !strings.HasPrefix(m[1], "(10-httpd ") {
		t.Errorf("found %s\nnoted %s", line, noted)
	}
	if asked := g.run("cat /run/asked"); asked != "call service delete { \"name\": \"httpd\" }\n" {
		t.Errorf("init was asked %s", asked)
	}
	sent := g.trail().pick(func(e *event.Event) bool { return e.Seq == n.Seq })
	if len(sent) != 1 || sent[0].SenderPID != 1 || sent[0].TargetService != "httpd" {
		t.Errorf("the note is about %v", sent)
	}

	// A service that ignores SIGTERM: procd sends SIGKILL when its client has ended.
	g.run(`until grep -q "^stubbornd " /tmp/said; do usleep 10000; done
		/etc/init.d/stubbornd restart >/dev/null 2>&1 </dev/null &`)
	n, _ = g.awaitNote(`perhaps asked by \(ubus \d+\) "/bin/sh /usr/bin/ubus call service delete { \\x22name\\x22: \\x22stubbornd`)
	g.run(`echo >/run/go`)
	sent = g.trail().pick(func(e *event.Event) bool { return e.Seq == n.Seq })
	if len(sent) != 1 || sent[0].SenderPID != 1 || sent[0].TargetService != "stubbornd" || sent[0].Outcome != event.Ignored {
		t.Errorf("the note is about %v", sent)
	}
}
