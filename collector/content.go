package collector

import (
	"errors"
	"fmt"
	"net/url"
	"time"

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
	g, now := c.current.Load(), c.now()
	// A poll changes what is served, and what is said of it, in one step.
	c.publishing.RLock()
	defer c.publishing.RUnlock()
	switch self := query.Get("self"); {
	case self != "" && self != "only":
		return exposition.Content{}, fmt.Errorf("self=%q is not known; self=only leaves out the series of all projects", self)
	case self == "only" && len(projects) > 0:
		return exposition.Content{}, errors.New("project and self=only exclude each other")
	case self == "only":
		content, _ := c.selfContent(g, now)
		return content, nil
	case len(projects) == 0:
		content, own := c.selfContent(g, now)
		content.Segments = append(content.Segments, c.segments(g, now, own, nil)...)
		return content, nil
	}
	wanted, err := wantedProjects(g.targets, projects)
	if err != nil {
		return exposition.Content{}, err
	}
	_, own := c.plans.segments(g, now)
	return exposition.Content{Segments: c.segments(g, now, own, wanted)}, nil
}

// selfContent is what is of no project, with what the plans have of each.
func (c *Collector) selfContent(g *generation, now time.Time) (content exposition.Content, own planned) {
	content.Segments = []*exposition.Segment{c.own.Segment()}
	shared, own := c.plans.segments(g, now)
	if shared != nil {
		content.Segments = append(content.Segments, shared)
	}
	if c.process != nil {
		content.Process = c.process.Segment()
	}
	return content, own
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

// segments returns, for each project, its own metrics, its part of the plans and its
// snapshots that are served now; of the wanted projects alone, unless wanted is nil.
func (c *Collector) segments(g *generation, now time.Time, plans planned, wanted map[string]bool) []*exposition.Segment {
	all := make([]*exposition.Segment, 0, 2*len(g.targets)+len(plans))
	var last *project
	for _, t := range g.targets {
		if wanted != nil && !wanted[t.project.config.Name] {
			continue
		}
		if t.project != last { // The windows of a project follow each other.
			last = t.project
			all = append(all, last.metrics.gathered.Segment())
			if own := plans[last.config.Name]; own != nil {
				all = append(all, own)
			}
		}
		if s := t.served(now); s != nil {
			all = append(all, s.segment)
		}
	}
	return all
}
