package collector

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"statsig_exporter/collector/exposition"
)

// UnknownProjectError says that a project is not configured.
type UnknownProjectError struct{ Project string }

// Error names the project.
func (e UnknownProjectError) Error() string {
	return fmt.Sprintf("project %.100q is not configured", e.Project)
}

// Content returns what answers a scrape with these query parameters: everything, or
// with project parameters the series of those projects, or with self=only the series
// that belong to no project. The error is an UnknownProjectError, or says which
// parameter is wrong.
func (c *Collector) Content(query url.Values) (exposition.Content, error) {
	c.page.RLock()
	defer c.page.RUnlock()
	g, now := c.current.Load(), c.now()
	projects := query["project"]
	switch self := query.Get("self"); {
	case self != "" && self != "only":
		return exposition.Content{}, fmt.Errorf("self=%.100q is not known; self=only leaves out the series of all projects", self)
	case self == "only" && len(projects) > 0:
		return exposition.Content{}, errors.New("project and self=only exclude each other")
	case self == "only":
		return c.shared(g, now), nil
	case len(projects) == 0:
		content := c.shared(g, now)
		content.Segments = g.projectSegments(content.Segments, now, nil)
		return content, nil
	}
	for _, name := range projects {
		if len(g.of(name)) == 0 {
			return exposition.Content{}, UnknownProjectError{name}
		}
	}
	return exposition.Content{Segments: g.projectSegments(nil, now, projects)}, nil
}

// shared returns the metrics that belong to no project.
func (c *Collector) shared(g *generation, now time.Time) exposition.Content {
	content := exposition.Content{Segments: []*exposition.Segment{c.own.Segment()}}
	for _, p := range g.plans {
		content.Segments = append(content.Segments, p.terms)
		use := p.served(now)
		for _, segment := range []*exposition.Segment{use.all, use.last} {
			if segment != nil {
				content.Segments = append(content.Segments, segment)
			}
		}
	}
	if c.process != nil {
		content.Process = c.process.Segment()
	}
	return content
}

// projectSegments adds to all, for each project, its own metrics, its use of the
// plans and its snapshots; for the wanted projects alone, unless wanted is nil.
func (g *generation) projectSegments(all []*exposition.Segment, now time.Time, wanted []string) []*exposition.Segment {
	all = slices.Grow(all, 2*len(g.targets))
	var last *project
	for _, t := range g.targets {
		name := t.project.config.Name
		if wanted != nil && !slices.Contains(wanted, name) {
			continue
		}
		if t.project != last { // The windows of a project follow each other.
			last = t.project
			all = append(all, last.metrics.gathered.Segment())
			for _, p := range g.plans {
				if own := p.served(now).own[name]; own != nil {
					all = append(all, own)
				}
			}
		}
		if s := t.served(now); s != nil {
			all = append(all, s.segment)
		}
	}
	return all
}
