package app

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

// upstream is a simulated Console API on a loopback port.
type upstream struct {
	api    *statsigtest.Server
	server *httptest.Server
	faults map[string]statsigtest.Fault // by project
	held   atomic.Int32                 // requests that "fault PROJECT hang" has held back
	mark   int                          // requests seen at "requests mark"
}

// close lets go of what faults hold back, so that the server can end.
func (u *upstream) close() {
	u.api.ClearFaults()
	u.server.CloseClientConnections()
	u.server.Close()
}

// upstreamCmd is "upstream PROJECT=KEY…": starts the API and sets $UPSTREAM.
func (s *stage) upstreamCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "upstream PROJECT=KEY…", len(args) > 0 && s.upstream == nil)
	var options statsigtest.Options
	for _, arg := range args {
		project, key, _ := strings.Cut(arg, "=")
		options.Projects = append(options.Projects, statsigtest.Project{Name: project, Key: key})
	}
	api := statsigtest.New(options)
	s.upstream = &upstream{api: api, server: httptest.NewServer(api), faults: map[string]statsigtest.Fault{}}
	ts.Setenv("UPSTREAM", s.upstream.server.URL)
}

// faultCmd is "fault PROJECT KIND…": what the requests of a project meet from now
// on. The kinds are "csv FILE", "series N", "status CODE MESSAGE", "hang" and
// "none".
func (s *stage) faultCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "fault PROJECT KIND…", len(args) > 1)
	project, u := args[0], s.upstream
	delete(u.faults, project)
	if args[1] != "none" {
		u.faults[project] = u.fault(ts, args[1], args[2:])
	}
	u.api.ClearFaults()
	for project, fault := range u.faults {
		u.api.Inject(project, fault)
	}
}

func (u *upstream) fault(ts *testscript.TestScript, kind string, args []string) statsigtest.Fault {
	arg := func(i int) string {
		wantArgs(ts, "fault PROJECT "+kind+" with more arguments", i < len(args))
		return args[i]
	}
	number := func(i int) int {
		n, err := strconv.Atoi(arg(i))
		ts.Check(err)
		return n
	}
	switch kind {
	case "csv":
		return statsigtest.CSV(ts.ReadFile(arg(0)))
	case "series":
		n := number(0)
		return statsigtest.Generated(func(w io.Writer) error {
			return statsigtest.WriteReport(w, n, n, 1)
		})
	case "status":
		return statsigtest.Refusal(number(0), arg(1))
	case "hang":
		u.held.Store(0)
		return statsigtest.Fault{HoldHeader: &statsigtest.Hold{Entered: func() { u.held.Add(1) }}}
	}
	ts.Fatalf("there is no fault %q", kind)
	return statsigtest.Fault{}
}

// requestsCmd is "requests mark": remembers how many requests the API has seen;
// "requests same": fails if there have been more; "requests N": waits until it
// has seen N since its start; "requests held": until one hangs; or "requests none":
// fails if there has been one.
func (s *stage) requestsCmd(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, "requests mark | same | none | N | held", len(args) == 1)
	u := s.upstream
	seen, least := u.api.RequestCount, 1
	switch args[0] {
	case "mark":
		u.mark = seen()
		return
	case "same":
		if n := seen(); n != u.mark {
			ts.Fatalf("the API has seen %d requests, and %d before", n, u.mark)
		}
		return
	case "none":
		if n := seen(); n != 0 {
			ts.Fatalf("the API has seen %d requests", n)
		}
		return
	case "held":
		seen = func() int { return int(u.held.Load()) }
	default:
		n, err := strconv.Atoi(args[0])
		ts.Check(err)
		least = n
	}
	ts.Check(harness.Wait(patience, func() error {
		if n := seen(); n < least {
			return fmt.Errorf("there were %d such requests, and %d are expected", n, least)
		}
		return nil
	}))
}
