// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
	"sigtrail/internal/procfs"
)

const (
	// For how long after a signal by init somebody is looked for who may have asked for it.
	askedFor = uint64(10 * time.Second)

	// Ancestors of one that may have asked.
	maxAncestors = 4
)

// asker returns who may have asked init to end the target, with its ancestors but for init:
// the youngest process that mayAsk about the target's service, and rather one that asks to end
// it than one that starts it, which ends an instance only if that has changed. procd ends services by
// itself, too, and who asked may have ended before the look. more: there are more ancestors.
func (l *look) asker() (chain []found.Process, more bool) {
	e := l.record
	service, _, _ := strings.Cut(cmp.Or(e.TargetService, e.TargetName), "/")
	var ends, starts []procfs.Process
	// If proc cannot be read, nobody is found.
	_ = l.proc.Names(func(pid int, name string) {
		if pid == int(e.TargetPID) || !namedLikeAsker(name, service) {
			return
		}
		// Other users than root may not ask init, but may name a program as they like.
		if root, err := l.proc.OfRoot(pid); err != nil || !root {
			return
		}
		p, err := l.proc.Command(pid)
		if err != nil || !l.before(&p) {
			return
		}
		switch mayAsk(&p, service) {
		case asksToEnd:
			ends = append(ends, p)
		case asksToStart:
			starts = append(starts, p)
		}
	})
	all := ends
	if len(all) == 0 {
		all = starts
	}
	if len(all) == 0 || l.info.ClockLocal-e.Time > askedFor {
		return nil, false
	}
	p := slices.MaxFunc(all, func(a, b procfs.Process) int { return cmp.Compare(a.Start, b.Start) })
	for range all { // a child may have started within the same tick
		if i := slices.IndexFunc(all, func(c procfs.Process) bool { return c.Parent == p.PID }); i >= 0 {
			p = all[i]
		}
	}
	var a ancestry
	for {
		a.add(uint32(p.PID), &p)
		if p.Parent <= 1 {
			return a.chain, false
		}
		parent, err := l.proc.Command(p.Parent)
		if len(a.chain) > maxAncestors || err != nil || !l.before(&parent) {
			return a.chain, true
		}
		p = parent
	}
}

// namedLikeAsker reports whether a process of this name can be one that mayAsk: that takes
// one read for each process, and the rest some more.
func namedLikeAsker(name, service string) bool {
	return name == service[:min(len(service), event.NameMax)] || strings.HasSuffix(name, "sh") || name == "service" || name == "ubus"
}

// asks is what a process may ask procd about a service.
type asks int

const (
	asksNothing asks = iota
	asksToStart      // or to change it
	asksToEnd
)

// mayAsk returns what a process may ask procd about a service:
//
//	/bin/sh /etc/rc.common /etc/init.d/httpd restart
//	/bin/sh /sbin/service httpd restart
//	ubus call service delete { "name": "httpd" }
//	ubus call rc init { "name": "httpd", "action": "restart" }
//
// Init scripts ask by the third; rpcd, which has the fourth, runs the script.
func mayAsk(p *procfs.Process, service string) asks {
	if kind, script := scriptOf(p); kind == handScript {
		if script == service {
			return action(p.Args, script)
		}
		return asksNothing
	}
	if p.Forked || len(p.Args) == 0 {
		return asksNothing
	}
	if p.Name != "ubus" {
		i := slices.IndexFunc(p.Args[:min(2, len(p.Args))], func(arg string) bool { return path.Base(arg) == "service" })
		if i >= 0 && i+1 < len(p.Args) && p.Args[i+1] == service {
			return action(p.Args[i+1:], service)
		}
		return asksNothing
	}
	i := slices.Index(p.Args, "call")
	if i < 0 || len(p.Args) < i+4 {
		return asksNothing
	}
	_, name, _ := strings.Cut(p.Args[i+3], `"name"`)
	if !strings.HasPrefix(strings.TrimLeft(name, " :"), strconv.Quote(service)) {
		return asksNothing
	}
	switch p.Args[i+1] + " " + p.Args[i+2] {
	case "service delete", "service signal", "service state", "rc init":
		return asksToEnd
	case "service set", "service add":
		return asksToStart
	}
	return asksNothing
}

// action returns what an init script asks for: its action follows the script. A script can have
// others than those of rc.common, and what these do is unknown.
func action(args []string, script string) asks {
	i := slices.IndexFunc(args, func(arg string) bool { return path.Base(arg) == script })
	if i+1 >= len(args) {
		return asksNothing
	}
	switch args[i+1] {
	case "stop", "restart", "reload", "shutdown":
		return asksToEnd
	case "start", "boot":
		return asksToStart
	}
	return asksNothing
}
