// SPDX-License-Identifier: GPL-2.0-only

// Package service has the names of services, by the cgroups that their processes are in.
package service

import (
	"cmp"
	"strings"

	"sigtrail/internal/event"
)

// FromPath returns what users call the service that a cgroup belongs to, by its path below
// the root of the hierarchy:
//
//	services/httpd/instance1                      httpd                  procd
//	services/dnsmasq/cfg01411c                    dnsmasq/cfg01411c
//	containers/web/web                            uxc/web
//	system.slice/cron.service                     cron.service           systemd
//	user.slice/user-0.slice/session-3.scope       session-3.scope
//	…/user@1000.service/app.slice/mail.service    user@1000.service/mail.service
//	…/user@1000.service/user.slice/libpod-3f….scope  user@1000.service/podman/3f2a9c12ab34
//	machine.slice/machine-web.scope               machine/web
//	docker/3f2a9c12ab34…                          docker/3f2a9c12ab34
//	system.slice/docker-3f2a9c12ab34….scope       docker/3f2a9c12ab34
//	machine.slice/libpod-3f2a9c12ab34….scope      podman/3f2a9c12ab34
//	lxc.payload.web                               lxc/web
//	openrc.sshd                                   sshd                   OpenRC
//
// Of groups in a service it is the service, of groups in a container the container. A group
// of another kind has its path, from a slash on. The root has no service: "".
//
// The name is one word of printable ASCII without commas: other bytes are \xNN. A unit has
// such escapes by itself, and they stay. It has at most event.ServiceMax bytes; the rest of
// a longer one is "...".
func FromPath(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "" {
		return ""
	}
	name := cmp.Or(fromProcd(parts), fromOpenRC(parts), fromContainer(parts), fromSystemd(parts), "/"+strings.Join(parts, "/"))
	return bounded(word(name))
}

// fromProcd reads the groups that procd makes: instance_add_cgroup() in its
// service/instance.c, and parseOCIlinux() in jail/jail.c.
func fromProcd(parts []string) string {
	switch {
	case len(parts) < 2:
	case parts[0] == "services" && len(parts) > 2 && parts[2] != "instance1":
		return parts[1] + "/" + parts[2]
	case parts[0] == "services":
		return parts[1]
	case parts[0] == "containers" && len(parts) > 2 && parts[2] != parts[1]:
		return "uxc/" + parts[1] + "/" + parts[2]
	case parts[0] == "containers":
		return "uxc/" + parts[1]
	}
	return ""
}

// fromOpenRC reads the groups that OpenRC makes.
func fromOpenRC(parts []string) string {
	if name, ok := strings.CutPrefix(parts[0], "openrc."); ok {
		return name
	}
	return ""
}

// fromContainer returns the first container on the way, if it is where engines put them: below
// slices, or at the root. Below another unit may be what that unit has made, with the name of
// another's container.
func fromContainer(parts []string) string {
	slices := true // and nothing else before
	for i, part := range parts {
		name, scope := strings.CutSuffix(part, ".scope")
		switch placed := scope && slices; {
		case isID(part) && i > 0:
			return parts[0] + "/" + part[:shortID]
		case (placed || i == 1 && parts[0] == "libpod_parent") && hasID(name):
			engine := name[:len(name)-fullID-1]
			return cmp.Or(engines[engine], engine) + "/" + name[len(name)-fullID:][:shortID]
		case placed && strings.HasPrefix(name, "machine-"):
			return "machine/" + unescaped(strings.TrimPrefix(name, "machine-"))
		case isUnit(strings.TrimPrefix(part, "_")):
			return ""
		case i > 0:
		case strings.HasPrefix(part, "lxc.payload."):
			return "lxc/" + strings.TrimPrefix(part, "lxc.payload.")
		case strings.HasPrefix(part, "lxc.monitor."):
			return "lxc.monitor/" + strings.TrimPrefix(part, "lxc.monitor.")
		case part == "lxc" && len(parts) > 1:
			return "lxc/" + parts[1]
		}
		slices = slices && strings.HasSuffix(part, ".slice")
	}
	return ""
}

// engines have the programs that users know, where scopes begin with another word.
var engines = map[string]string{
	"libpod":         "podman",
	"libpod-conmon":  "podman-conmon",
	"cri-containerd": "containerd",
	"crio":           "cri-o",
}

// A container's id has 64 hex digits, of which its engine lists the first twelve.
const (
	fullID  = 64
	shortID = 12
)

func isID(s string) bool {
	return len(s) == fullID && strings.Trim(s, "0123456789abcdef") == ""
}

// hasID reports whether a name is an engine's, with a container's id.
func hasID(name string) bool {
	engine := len(name) - fullID - 1
	return engine > 0 && name[engine] == '-' && isID(name[engine+1:])
}

// fromSystemd returns the unit that a group belongs to: the first that is not a slice, else
// the last slice. After a user's manager also the unit or the container of that user.
func fromSystemd(parts []string) string {
	name := ""
	for i, part := range parts {
		unit := strings.TrimPrefix(part, "_") // which cg_escape() of systemd puts before some names
		switch {
		case strings.HasSuffix(unit, ".slice"):
			if !strings.HasPrefix(name, "user@") {
				name = unit
			}
			continue
		case !isUnit(unit):
			return name
		case strings.HasPrefix(name, "user@"):
			if unit == "init.scope" { // the manager itself
				return name
			}
			return name + "/" + unit
		case strings.HasPrefix(unit, "user@"):
			if container := fromContainer(parts[i+1:]); container != "" {
				return unit + "/" + container
			}
			name = unit
			continue
		}
		return unit
	}
	return name
}

func isUnit(part string) bool {
	for _, suffix := range [...]string{".service", ".scope", ".socket", ".mount", ".swap"} {
		if name, ok := strings.CutSuffix(part, suffix); ok && name != "" {
			return true
		}
	}
	return false
}

// unescaped returns the name that systemd has escaped, or the same if it is not one.
func unescaped(s string) string {
	if plain, err := event.Unescape(s); err == nil {
		return plain
	}
	return s
}

// word replaces each byte that could end the name where it is shown or listed.
func word(s string) string {
	const plain = "-_.:@/\\+=~%"
	bad := func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c < 0x80 && strings.ContainsRune(plain, c))
	}
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	const hex = "0123456789abcdef"
	var b []byte
	for i := range len(s) {
		if c := s[i]; bad(rune(c)) {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func bounded(s string) string {
	const more = "..."
	if len(s) <= event.ServiceMax {
		return s
	}
	return s[:event.ServiceMax-len(more)] + more
}
