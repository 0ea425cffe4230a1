// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// roff escapes what troff would interpret. A hyphen of an option must stay one
// that can be searched for and copied, and so must the quotes of a command.
var (
	roff     = strings.NewReplacer(`\`, `\e`, "-", `\-`)
	verbatim = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`)
)

// WriteMan writes the man page, made from the table of commands.
func WriteMan(w io.Writer) error {
	var b bytes.Buffer
	summary, _, _ := strings.Cut(string(listing()), "\n")
	b.WriteString(`.\" SPDX-License-Identifier: GPL-2.0-only
.\" Made by make docs from the table of commands in internal/cli: do not edit.
.TH SIGTRAIL 8 2026-11-26 sigtrail
.SH NAME
sigtrail \- signal tracing for OpenWrt routers
.SH SYNOPSIS
.B sigtrail
.I COMMAND
.RI [ OPTION ...]
.SH DESCRIPTION
`)
	manText(&b, summary)
	for _, c := range commands {
		fmt.Fprintf(&b, ".SH SIGTRAIL %s\n", strings.ToUpper(c.name))
		fmt.Fprintf(&b, "%s.\n.PP\n.nf\n", roff.Replace(strings.ToUpper(c.summary[:1])+c.summary[1:]))
		for _, form := range strings.Split(c.usage, "\n") {
			fmt.Fprintf(&b, "\\fBsigtrail %s\\fR %s\n", c.name, roff.Replace(form))
		}
		b.WriteString(".fi\n.PP\n")
		manText(&b, c.about)
		options, _ := c.setup()
		for _, o := range options {
			arg := ""
			if o.arg != "" {
				arg = ` \fI` + roff.Replace(o.arg) + `\fR`
			}
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR%s\n", roff.Replace(o.names), arg)
			manText(&b, o.text)
		}
		if c.more != "" {
			b.WriteString(".PP\n")
			manText(&b, c.more)
		}
	}
	if _, codes, ok := strings.Cut(string(listing()), "exit codes: "); ok {
		b.WriteString(".SH EXIT STATUS\n")
		manText(&b, codes)
	}
	b.WriteString(`.SH FILES
.TP
.I /etc/config/sigtrail
the configuration on OpenWrt
.TP
.I /var/etc/sigtrail.ini
what the init script makes of it
.TP
.I /etc/sigtrail.ini
the configuration elsewhere
.TP
.I /etc/sigtrail/
the trails of shutdowns
.TP
.I /tmp/sigtrail/
the trail of this boot
.SH SEE ALSO
.BR signal (7),
.BR kill (1),
.BR logread (1)
`)
	_, err := w.Write(b.Bytes())
	return err
}

// manText writes text of the help: blank lines separate paragraphs, indented
// lines stay as they are.
func manText(b *bytes.Buffer, text string) {
	filled := true
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if fill := !strings.HasPrefix(line, "  "); fill != filled {
			b.WriteString(map[bool]string{true: ".fi\n", false: ".nf\n"}[fill])
			filled = fill
		}
		switch {
		case line == "":
			line = ".PP"
		case !filled:
			line = verbatim.Replace(line)
		default:
			line = roff.Replace(line)
			if strings.ContainsAny(line[:1], ".'") {
				line = `\&` + line
			}
		}
		b.WriteString(line + "\n")
	}
	if !filled {
		b.WriteString(".fi\n")
	}
}
