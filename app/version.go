package app

import (
	"runtime/debug"
	"strings"

	"github.com/prometheus/common/version"
)

// userAgent is what Statsig is told about who asks.
func userAgent() string {
	if version.Version == "" {
		return name + "/unknown"
	}
	return name + "/" + version.Version
}

// builtVersion returns the version that the go command has recorded in a binary:
// that of the tag, or one made of the commit, without the v in front; "" where it
// recorded none, as for go run and go test.
func builtVersion(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "(devel)" {
		return ""
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
