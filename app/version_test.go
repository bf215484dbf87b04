package app

import (
	"runtime/debug"
	"testing"

	"github.com/prometheus/common/version"
)

func TestABuildKnowsItsVersionWithoutAStamp(t *testing.T) {
	for recorded, want := range map[string]string{
		"v1.4.2": "1.4.2",
		"v0.0.0-20261123005520-b1e70e8a38c9+dirty": "0.0.0-20261123005520-b1e70e8a38c9+dirty",
		"(devel)": "",
		"":        "",
	} {
		if got := builtVersion(&debug.BuildInfo{Main: debug.Module{Version: recorded}}); got != want {
			t.Errorf("%q makes the version %q, want %q", recorded, got, want)
		}
	}
	if got := builtVersion(nil); got != "" {
		t.Errorf("a binary without build information has the version %q", got)
	}
}

func TestTheUserAgentCarriesTheVersion(t *testing.T) {
	stamped := version.Version
	t.Cleanup(func() { version.Version = stamped })
	for is, want := range map[string]string{"": "statsig_exporter/unknown", "1.4.2": "statsig_exporter/1.4.2"} {
		version.Version = is
		if got := userAgent(); got != want {
			t.Errorf("version %q is sent as %q, want %q", is, got, want)
		}
	}
}
