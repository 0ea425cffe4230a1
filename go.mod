module sigtrail

go 1.23

require (
	github.com/vishvananda/netlink v1.3.1
	golang.org/x/sys v0.30.0
	gopkg.in/ini.v1 v1.67.0
)

require github.com/vishvananda/netns v0.0.5 // indirect
