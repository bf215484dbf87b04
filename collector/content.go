package collector

import (
	"errors"
	"fmt"
	"net/url"

	dto "github.com/prometheus/client_model/go"

	"statsig_exporter/collector/exposition"
)

// UnknownProjectError says that a project is not configured.
type UnknownProjectError struct{ Project string }

// Error names the project.
func (e UnknownProjectError) Error() string {
	return fmt.Sprintf("project %q is not configured", e.Project)
}

// Content returns what a scrape with these query parameters is answered with:
// everything, or with project parameters the series of those projects, or with
// self=only those of no project. The error is an UnknownProjectError, or says
// which parameter is wrong.
func (c *Collector) Content(query url.Values) (exposition.Content, error) {
	projects := query["project"]
	targets := c.current.Load().targets
	content := exposition.Content{Own: c.options.Registry}
	switch self := query.Get("self"); {
	case self != "" && self != "only":
		return exposition.Content{}, fmt.Errorf("self=%q is not known; self=only leaves out the series of all projects", self)
	case self == "only" && len(projects) > 0:
		return exposition.Content{}, errors.New("project and self=only exclude each other")
	case self == "only":
		content.Keep = func(m *dto.Metric) bool { return projectOf(m) == "" }
		return content, nil
	case len(projects) == 0:
		content.Segments = c.segments(targets, nil)
		return content, nil
	}
	wanted, err := wantedProjects(targets, projects)
	if err != nil {
		return exposition.Content{}, err
	}
	content.Keep = func(m *dto.Metric) bool { return wanted[projectOf(m)] }
	content.Segments = c.segments(targets, wanted)
	return content, nil
}

func wantedProjects(targets []*target, projects []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, t := range targets {
		known[t.project.config.Name] = true
	}
	wanted := map[string]bool{}
	for _, name := range projects {
		if !known[name] {
			return nil, UnknownProjectError{name}
		}
		wanted[name] = true
	}
	return wanted, nil
}

// segments returns those of the snapshots that are served now; of the wanted
// projects alone, unless wanted is nil.
func (c *Collector) segments(targets []*target, wanted map[string]bool) []*exposition.Segment {
	var segments []*exposition.Segment
	now := c.now()
	for _, t := range targets {
		if wanted != nil && !wanted[t.project.config.Name] {
			continue
		}
		if s := t.served(now); s != nil {
			segments = append(segments, s.segment)
		}
	}
	return segments
}

func projectOf(m *dto.Metric) string {
	for _, label := range m.GetLabel() {
		if label.GetName() == "project" {
			return label.GetValue()
		}
	}
	return ""
}
