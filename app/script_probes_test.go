package app

import (
	"fmt"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// probesOn finds the address of the probes in the daemon's log.
var probesOn = regexp.MustCompile(`msg="Listening for probes" probe_address=(\S+)`)

// probesCmd is "probes": sets $ADDRESS to the address of the daemon's probes.
func (s *stage) probesCmd(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, "probes", len(args) == 0 && !neg && s.daemon != nil)
	ts.Check(eventually(func() error {
		m := probesOn.FindStringSubmatch(s.daemon.log.String())
		if m == nil {
			return fmt.Errorf("the daemon does not listen for probes; its log:\n%s", s.daemon.log)
		}
		ts.Setenv("ADDRESS", m[1])
		return nil
	}))
}
