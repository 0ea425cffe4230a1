// SPDX-License-Identifier: GPL-2.0-only

package service

import (
	"strings"
	"testing"

	"sigtrail/internal/event"
)

const id = "3f2a9c12ab34e5d6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e"

func TestFromPath(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/", ""},
		{"", ""},

		// procd
		{"/services/httpd/instance1", "httpd"},
		{"/services/dnsmasq/cfg01411c", "dnsmasq/cfg01411c"},
		{"/services/dropbear/instance2", "dropbear/instance2"},
		{"/services/dockerd/instance1/own", "dockerd"},
		{"/services/httpd", "httpd"},
		{"/services", "/services"},
		{"/services/my service/a,b", `my\x20service/a\x2cb`},
		{"/containers/web/web", "uxc/web"},
		{"/containers/web/other", "uxc/web/other"},

		// systemd
		{"/init.scope", "init.scope"},
		{"/system.slice/cron.service", "cron.service"},
		{"/system.slice/dbus.socket", "dbus.socket"},
		{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"},
		{`/system.slice/system-serial\x2dgetty.slice/serial-getty@ttyS0.service`, "serial-getty@ttyS0.service"},
		{`/system.slice/system-systemd\x2dfsck.slice/systemd-fsck@dev-disk-by\x2duuid-1.service`, `systemd-fsck@dev-disk-by\x2duuid-1.service`},
		{"/system.slice/systemd-udevd.service/udev", "systemd-udevd.service"},
		{"/system.slice/_cgroup.service", "cgroup.service"},
		{"/system.slice", "system.slice"},
		{"/user.slice/user-0.slice/session-3.scope", "session-3.scope"},
		{"/user.slice/user-1000.slice/user@1000.service", "user@1000.service"},
		{"/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-mail.slice/mail.service", "user@1000.service/mail.service"},
		{"/user.slice/user-1000.slice/user@1000.service/session.slice", "user@1000.service"},
		{"/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service"},
		{`/machine.slice/machine-my\x2dweb.scope/payload`, "machine/my-web"},
		{`/machine.slice/machine-qemu\x2d1\x2dvm.scope`, "machine/qemu-1-vm"},
		{`/machine.slice/machine-a\.scope`, `machine/a\`},

		// containers
		{"/docker/" + id, "docker/3f2a9c12ab34"},
		{"/docker/" + id + "/system.slice/cron.service", "docker/3f2a9c12ab34"},
		{"/system.slice/docker-" + id + ".scope", "docker/3f2a9c12ab34"},
		{"/machine.slice/libpod-" + id + ".scope/container", "podman/3f2a9c12ab34"},
		{"/machine.slice/libpod-conmon-" + id + ".scope", "podman-conmon/3f2a9c12ab34"},
		{"/libpod_parent/libpod-" + id, "podman/3f2a9c12ab34"},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope/container", "user@1000.service/podman/3f2a9c12ab34"},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b.slice/cri-containerd-" + id + ".scope", "containerd/3f2a9c12ab34"},
		{"/kubepods.slice/kubepods-pod0a1b.slice/crio-" + id + ".scope", "cri-o/3f2a9c12ab34"},
		{"/kubepods/besteffort/pod0a1b/" + id, "kubepods/3f2a9c12ab34"},
		{"/default/" + id, "default/3f2a9c12ab34"},
		{"/lxc.payload.web", "lxc/web"},
		{"/lxc.payload.web/services/cron/instance1", "lxc/web"},
		{"/lxc.monitor.web", "lxc.monitor/web"},
		{"/lxc/web", "lxc/web"},
		{"/" + id, "/" + id}, // of no known engine

		// Who may make groups of its own below its unit has the unit's name before that of a container, or alone.
		{"/user.slice/user-1000.slice/user@1000.service/machine-gateway.scope", "user@1000.service/machine/gateway"},
		{"/user.slice/user-1000.slice/user@1000.service/lxc.payload.web", "user@1000.service/lxc/web"},
		{"/user.slice/user-1000.slice/user@1000.service/docker/" + id, "user@1000.service/docker/3f2a9c12ab34"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/mail.service/docker-" + id + ".scope", "user@1000.service/mail.service"},
		{"/user.slice/user-1000.slice/user@1000.service/user@0.service/machine-gateway.scope", "user@1000.service/user@0.service"},
		{"/user.slice/user-1000.slice/session-3.scope/lxc.payload.web", "session-3.scope"},
		{"/system.slice/web.service/docker-" + id + ".scope", "web.service"},
		{"/system.slice/web.service/docker/" + id, "web.service"},
		{"/system.slice/_cgroup.service/lxc.payload.web", "cgroup.service"},
		{"/openrc.sshd/machine-x.scope", "sshd"},
		{"/openrc.sshd/" + id, "sshd"},
		{"/limits/lxc.payload.web", "/limits/lxc.payload.web"},
		{"/limits/machine-x.scope", "/limits/machine-x.scope"},

		// others
		{"/openrc.sshd", "sshd"},
		{"/limits/torrent", "/limits/torrent"},
		{"/a b\n\xff", `/a\x20b\x0a\xff`},
		{"/" + strings.Repeat("x", 300), "/" + strings.Repeat("x", event.ServiceMax-4) + "..."},
	} {
		if got := FromPath(c.path); got != c.want {
			t.Errorf("%s is %q, want %q", c.path, got, c.want)
		}
	}
}

// FuzzFromPath: a name is one bounded word, and an item of a list.
func FuzzFromPath(f *testing.F) {
	for _, path := range []string{"/services/a/instance1", "/user.slice/user@1.service/a.scope", "/docker-" + id + ".scope", "/a\xff, b",
		`/machine-\x2d.scope`, "//", "/lxc.payload."} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		name := FromPath(path)
		if (name == "") != (strings.Trim(path, "/") == "") || len(name) > event.ServiceMax {
			t.Errorf("%q is %q", path, name)
		}
		if strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == ',' || c == '!' || c == ';' || c == '"' }) {
			t.Errorf("%q is %q, not a word", path, name)
		}
		if list, err := event.ParseServices(name); name != "" && (err != nil || !list.Match("", name)) {
			t.Errorf("%q is %q, which is not found: %v", path, name, err)
		}
	})
}
