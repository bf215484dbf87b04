// Package ingest makes a mapped report of one window of a project. A report passes
// through its files in this order: fetch.go asks the Console API for it, spool.go
// takes down the body, map.go maps it by the roles that roles.go keeps, and
// families.go turns it into the families that are served.
package ingest

import (
	"net/http"
	"time"

	"statsig_exporter/collector/config"
	"statsig_exporter/statsig"
)

// Settings are the options that a reload can change.
type Settings struct {
	Config *config.Config
	// Transport carries requests to the Console API, OtherTransport those to other
	// origins that the API points to; nil: Transport.
	Transport, OtherTransport http.RoundTripper
}

// Options say what a Project works with. All fields but Settings may be left zero.
type Options struct {
	Settings
	UserAgent string
	// Limits, Secrets and Turns are shared by all projects of the process; nil: the project has
	// its own.
	Limits  *statsig.Limits
	Secrets *statsig.Secrets
	Turns   *Turns
	// SpoolDir is where reports are spooled; empty for the system's directory for
	// temporary files.
	SpoolDir string
	// Explain asks for what only a person wants to know of a report.
	Explain bool
	// CountAll asks for what plans count of the reports of every window, whether plans are
	// computed from it or not.
	CountAll bool
	// Headers is how many headers' roles are kept; 0: two for each window. At least
	// leastKept are.
	Headers int
	// OnRequest, unless nil, is called once for each HTTP request, with the status of
	// the answer or "error".
	OnRequest func(code string)
	// Now stands in for the wall clock in tests; nil for the real one.
	Now func() time.Time
}

// Project reads the reports of one project. It is safe for concurrent use.
type Project struct {
	config  config.Project
	options Options
	client  *statsig.Client
	roles   roles
}

// Complete returns the options with a value for each nil field: projects that are made
// of the same completed options share their limits, secrets and turns.
func (o Options) Complete() Options {
	if o.Limits == nil {
		o.Limits = statsig.NewLimits(o.Config.API.RateLimit)
	}
	if o.Secrets == nil {
		o.Secrets = &statsig.Secrets{}
		o.Secrets.Add(o.Config.Secrets()...)
	}
	if o.Turns == nil {
		o.Turns = NewTurns(o.Config.Global.Concurrency)
	}
	if o.Headers == 0 {
		o.Headers = 2 * len(o.Config.Windows)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// NewProject returns a project that has read nothing yet.
func NewProject(o Options, p config.Project) *Project {
	o = o.Complete()
	api := o.Config.API
	client := statsig.NewClient(statsig.Options{
		BaseURL:        api.BaseURL,
		Version:        api.Version,
		UserAgent:      o.UserAgent,
		Transport:      o.Transport,
		OtherTransport: o.OtherTransport,
		MaxReportBytes: api.MaxReportBytes,
		Limits:         o.Limits,
		Secrets:        o.Secrets,
		MaxRetryAfter:  max(o.Config.Global.PollInterval, time.Hour),
		OnRequest:      o.OnRequest,
	})
	return &Project{config: p, options: o, client: client, roles: roles{limit: max(leastKept, o.Headers)}}
}
