// Package config turns the configuration file into checked values: what to
// poll, how often, with which key, and how each project's reports are read. It
// also holds the arithmetic of windows. It makes no connection, and reads a key
// only when asked for it.
package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	commonconfig "github.com/prometheus/common/config"

	"statsig_exporter/collector/plan"
	"statsig_exporter/collector/report"
	"statsig_exporter/statsig"
)

// Config is a whole configuration, checked and with every default filled in. It
// holds at least one project and at least one window.
type Config struct {
	Global   Global
	API      API
	Projects []Project   // in the order of the file; names are unique
	Windows  []Window    // in the order of the file; names are unique
	Plans    []plan.Plan // in the order of the file; names are unique. With any, there is a PlanWindow
	// Common stands for a project that is not configured: it has the section report alone.
	Common Project
	// Helps holds the configured help texts of usage metrics by metric name, of
	// all projects together: a metric has one help text wherever it comes from.
	Helps map[string]string

	warnings Errors
	places   map[string]Problem // where each file is named
}

// Global holds what applies to every poll.
type Global struct {
	PollInterval time.Duration  // between successful polls of one window; at least 1 s
	PollTimeout  time.Duration  // of one poll with its retries and walk-back; above 0
	Concurrency  int            // reports read and mapped at a time; at least 1
	Location     *time.Location // of calendar windows and of times without a zone
	StaleAfter   time.Duration  // served data is dropped this long after its last good poll; 0 is never
}

// API says where the Console API is and how to treat it.
type API struct {
	BaseURL        *url.URL // absolute; https, or http where that is allowed; not to be changed
	Version        string   // the value of the header STATSIG-API-VERSION
	AllowHTTP      bool     // http is allowed for hosts that are not loopback addresses
	MaxReportBytes int64    // after decompression; at least 1
	RateLimit      statsig.RateLimit

	// A pointer, so that no formatting verb can reach the secrets in it.
	client *commonconfig.HTTPClientConfig
}

// Project is one Statsig project.
type Project struct {
	Name string
	// Key says where the API key is, unless there is a ReportFile.
	Key KeySource
	// ReportFile is the path of the file that holds the report, in place of the API;
	// "{window}" in it stands for the name of a window.
	ReportFile string
	Labels     map[string]string // added to the project's usage series; not to be changed
	// Report says how the project's reports are read: its own section merged over
	// the global one, with Location and TakenLabels filled in.
	Report    report.Options
	Labelling Labelling // of its series
}

// ReportPath returns the path of the file that holds the report of a window.
func (p Project) ReportPath(w Window) string {
	return strings.ReplaceAll(p.ReportFile, windowName, w.Name)
}

// windowName stands for the name of a window in the path of a report file.
const windowName = "{window}"

// Source says where the project's reports come from, and why the key that was used looks
// wrong, without showing it.
func (p Project) Source(used statsig.Secret) string {
	if p.ReportFile != "" {
		return "report file " + p.ReportFile
	}
	if hint := keyHint(used.Reveal()); hint != "" {
		return p.Key.String() + " (" + hint + ")"
	}
	return p.Key.String()
}

// LabelNames returns the names of the project's labels in ascending order.
func (p Project) LabelNames() []string {
	return slices.Sorted(maps.Keys(p.Labels))
}

// Default returns the configuration that holds without a file: one project named
// default, whose key comes from key, the one window day, and every default.
func Default(key KeySource) *Config {
	c := defaults()
	c.Common.Report = defaultReport(c.Global.Location)
	c.Projects = []Project{{Name: "default", Key: key, Labels: map[string]string{}, Report: c.Common.Report}}
	c.Windows = []Window{defaultWindow(c.Global.Location)}
	return c
}

// defaults returns a configuration without projects and windows.
func defaults() *Config {
	return &Config{
		Global: Global{
			PollInterval: time.Hour,
			PollTimeout:  2 * time.Minute,
			Concurrency:  4,
			Location:     time.UTC,
		},
		API: API{
			BaseURL:        &url.URL{Scheme: "https", Host: "statsigapi.net"},
			Version:        defaultVersion,
			MaxReportBytes: 1 << 30,
			RateLimit:      statsig.RateLimit{Per10s: maxPer10s, Per15m: maxPer15m},
			client:         &commonconfig.HTTPClientConfig{ProxyConfig: commonconfig.ProxyConfig{ProxyFromEnvironment: true}},
		},
		Helps:  map[string]string{},
		places: map[string]Problem{},
	}
}

// defaultVersion is the version of the API that this program was written for.
const defaultVersion = "20240601"

// The greatest rates that the configuration may ask for. The API allows about
// 100 requests in 10 s and 900 in 15 min, but documents 12 in 10 s for two
// operations beside this one.
const (
	maxPer10s = 10
	maxPer15m = 900
)
