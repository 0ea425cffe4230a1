// SPDX-License-Identifier: GPL-2.0-only

package event

import "strings"

// ServiceMax is the longest name of a service, in bytes.
const ServiceMax = 95

// AppendServices appends the services of target and sender:
//
//	service dnsmasq/cfg01411c, by service cron
//
// A service with the name of its process is left out, and the sender's if it is the target's
// that is there.
func (e *Event) AppendServices(b []byte, first string) []byte {
	shown := ""
	if e.TargetService != "" && !NamesakeOf(e.TargetService, e.TargetName) {
		b = AppendPrintable(append(append(b, first...), "service "...), e.TargetService)
		first, shown = ", ", e.TargetService
	}
	if e.SenderService != "" && e.SenderService != shown && !NamesakeOf(e.SenderService, e.SenderName) {
		b = AppendPrintable(append(append(b, first...), "by service "...), e.SenderService)
	}
	return b
}

// NamesakeOf reports whether a service has the name of a process, which the kernel cuts.
func NamesakeOf(service, process string) bool {
	service = strings.TrimSuffix(service, unit)
	return process == service[:min(len(service), NameMax)]
}

// unit ends the names of most units of systemd.
const unit = ".service"

// Services is a list of services.
type Services []item[string]

// ParseServices parses a list of names, each as it is shown. "dnsmasq" also stands for
// "dnsmasq.service", and for what is named after a slash: "dnsmasq/cfg01411c".
func ParseServices(s string) (Services, error) {
	var list Services
	err := split(s, func(word string, not bool) error {
		list = append(list, item[string]{not, word})
		return nil
	})
	return list, err
}

// Match reports whether a sender or a target passes the list, by their services; "" matches
// no item.
func (s Services) Match(sender, target string) bool {
	return pass(s, "", func(want, _ string) bool { return OfService(want, sender) || OfService(want, target) })
}

// OfService reports whether a service is the one that is wanted, or an instance of it.
func OfService(want, service string) bool {
	rest, ok := strings.CutPrefix(service, want)
	rest = strings.TrimPrefix(rest, unit)
	return ok && (rest == "" || rest[0] == '/')
}
