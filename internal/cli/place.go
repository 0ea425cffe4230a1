// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"os"

	"sigtrail/internal/config"
)

// The service's configuration: where the init script of OpenWrt writes it, and
// where the daemon looks for it by itself.
var configs = []string{"/var/etc/sigtrail.ini", "/etc/sigtrail.ini"}

// place is where the trails are, by --dir or by the service's configuration.
type place struct{ dir, config string }

// options returns those that say where something is.
func (p *place) options(something string) []option {
	return []option{
		{"--dir", "DIR", something + "; if not given, as the service is\nconfigured", text(&p.dir)},
		{"--config", "FILE", "the service's configuration", text(&p.config)},
	}
}

// shutdowns returns the directories in which trails of shutdowns are kept: on
// flash and, where flash did not take them, on tmpfs.
func (p place) shutdowns() ([]string, error) {
	if p.dir != "" {
		return []string{p.dir}, nil
	}
	c, err := p.load()
	if err != nil {
		return nil, err
	}
	if c.Shutdown.Dir == "" {
		return []string{c.Trail.Dir}, nil
	}
	return []string{c.Shutdown.Dir, c.Trail.Dir}, nil
}

// boot returns the directory of the running boot's trail.
func (p place) boot() (string, error) {
	if p.dir != "" {
		return p.dir, nil
	}
	c, err := p.load()
	if err != nil {
		return "", err
	}
	return c.Trail.Dir, nil
}

func (p place) load() (*config.Config, error) {
	if p.config != "" {
		return config.Load(p.config)
	}
	for _, path := range configs {
		if _, err := os.Stat(path); err == nil {
			return config.Load(path)
		}
	}
	return config.Default(), nil
}
