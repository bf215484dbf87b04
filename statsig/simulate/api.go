// Package simulate simulates the part of Statsig's Console API that the
// exporter reads: the usage and billing report of a project. The demo polls
// it; the tests do too, through package statsigtest, which adds the faults.
//
// An [API] is only an http.Handler. It starts no goroutine and keeps no usage
// in memory: every number follows from the seed, the series and the day, so
// that the same question, asked at the same time, always has the same answer.
//
// A report has the columns that Statsig once published ([Columns]), and one row
// per day and series. Windows may be cut anywhere: what two adjoining windows hold
// adds up exactly to what their union holds.
package simulate

import (
	"fmt"
	"maps"
	"net/http"
	"time"
)

// The fixed names of the operation, as its OpenAPI document states them.
const (
	// ReportPath is the path of the one operation.
	ReportPath = "/console/v1/project/usage_billing/report"
	// KeyHeader carries the Console API key.
	KeyHeader = "STATSIG-API-KEY"
)

// Options configure an [API]. The zero value is the demo's project without
// delays: a day is complete and final the moment it has ended.
type Options struct {
	// Projects are the simulated projects; none means the demo's.
	Projects []Project
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Arrival says how late usage can be read.
	Arrival Arrival
	// Seed varies the noise of the usage.
	Seed uint64
	// Location is the time zone of days; nil means UTC.
	Location *time.Location
	// Since is the day before which no project has usage; zero means
	// 1 January 2024.
	Since time.Time
	// Launch is the first day of every project's launch; zero means three days
	// before the day on which New is called, so that the newest ended days
	// always show it.
	Launch time.Time
}

// Demo returns the options of the demo, with one project. The window of the
// newest ended day, or the one before it, has data at any time.
func Demo() Options {
	return Options{Projects: []Project{shop()}, Arrival: LateArrival(), Seed: 1}
}

// API is a simulated Console API. It is an http.Handler, safe for concurrent use.
type API struct {
	opts     Options
	projects map[string]*project
	byKey    map[string]string // The names of the projects.
}

// New makes an API. It panics where projects have no name or key, or share
// one: that is a mistake of the program and not of its input.
func New(opts Options) *API {
	opts = opts.withDefaults()
	a := &API{opts: opts, projects: make(map[string]*project), byKey: make(map[string]string)}
	for _, p := range opts.Projects {
		if p.Name == "" || p.Key == "" || a.projects[p.Name] != nil || a.byKey[p.Key] != "" {
			panic(fmt.Sprintf("simulate: project %q needs a name and a key of its own", p.Name))
		}
		a.projects[p.Name], a.byKey[p.Key] = newProject(p, opts), p.Name
	}
	return a
}

func (o Options) withDefaults() Options {
	if len(o.Projects) == 0 {
		o.Projects = Demo().Projects
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Since.IsZero() {
		o.Since = time.Date(2024, time.January, 1, 0, 0, 0, 0, o.Location)
	}
	if o.Launch.IsZero() {
		o.Launch = o.Now().In(o.Location).AddDate(0, 0, -3)
	}
	o.Since, o.Launch = dayOf(o.Since, o.Location), dayOf(o.Launch, o.Location)
	return o
}

// ServeHTTP answers one request, as the OpenAPI document says.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	project := a.byKey[r.Header.Get(KeyHeader)]
	start, end, answer := a.Window(r, project)
	if answer == nil {
		answer = new(a.Report(project, start, end))
	}
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Status)
	if answer.Body(w) != nil {
		panic(http.ErrAbortHandler) // The client has gone.
	}
}

// Keys returns the name of each project by its key. The map is the caller's.
func (a *API) Keys() map[string]string { return maps.Clone(a.byKey) }

// Rows returns the rows that a report of the window [start, end) of a project
// holds now, in the order of the report; none where the report would be
// refused for want of data. It panics for an unknown project.
func (a *API) Rows(project string, start, end time.Time) []Row {
	p := a.projects[project]
	if p == nil {
		panic(fmt.Sprintf("simulate: no project %q", project))
	}
	var rows []Row
	for row := range p.rows(start, end, a.opts.Now()) {
		rows = append(rows, row)
	}
	return rows
}
