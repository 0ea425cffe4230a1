// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"os"

	"sigtrail/internal/config"
)

// configs are the paths of the service's configuration: written by OpenWrt's init
// script, and elsewhere.
var configs = []string{"/var/etc/sigtrail.ini", "/etc/sigtrail.ini"}

// configured returns the first of them that is there, else the last one, and whether it is.
func configured() (path string, there bool) {
	for _, path = range configs {
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return path, false
}

// place is where the trails are, set by --dir or the service's configuration.
type place struct{ dir, config string }

// options returns --dir, with its help text, and --config.
func (p *place) options(dir string) []option {
	return []option{
		{"--dir", "DIR", dir + "; default: as the service is\nconfigured", text(&p.dir)},
		{"--config", "FILE", "the service's configuration file", text(&p.config)},
	}
}

// shutdowns returns the directories of kept shutdowns: on flash and, for those
// that could not be written there, on tmpfs.
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
	if path, there := configured(); there {
		return config.Load(path)
	}
	return config.Default(), nil
}
